using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Snapshots;

/// <summary>An immutable copy of <see cref="SetTable.PageSize"/> neighbouring gangs and services.</summary>
internal sealed class SetPage(int index) : ImagePart
{
    public int Index { get; } = index;

    public override ulong Key => KeyOf(ImageTable.SetPage, Index);

    public override object Identity => this;

    /// <summary>Kind <see cref="SetKind.None"/>: the slot is free.</summary>
    public required SetRow[] Rows { get; init; }

    /// <remarks>How many members a set has is not written: it follows from the workloads.</remarks>
    public override void Write(ref CommandWriter writer)
    {
        for (var row = 0; row < Rows.Length; row++)
        {
            var set = Rows[row];
            if (set.Kind == SetKind.None)
                continue;
            writer.Byte((byte)row);
            writer.Byte((byte)set.Kind);
            writer.UInt64(set.Id);
            writer.Int32(set.First);
            writer.Bool(set.Gang != null);
            set.Gang?.Write(ref writer);
        }
    }

    /// <exception cref="InvalidDataException">The part is damaged.</exception>
    public static void Restore(SetTable sets, int index, ReadOnlySpan<byte> bytes)
    {
        var reader = new CommandReader(bytes);
        while (!reader.AtEnd)
        {
            var slot = index * SetTable.PageSize + reader.Byte();
            var (kind, id, first) = ((SetKind)reader.Byte(), reader.UInt64(), reader.Int32());
            var gang = reader.Bool() ? GangSpec.Read(ref reader) : null;
            Damage.If((uint)slot >= SlotSet.MaxSlots || kind is SetKind.None or > SetKind.Service || id == 0 || first < 0
                || sets.TryFind(kind, id, out _), "gang page", index);
            sets.AddAt(slot, new SetRow(id, kind, first, 0, gang));
        }
    }
}
