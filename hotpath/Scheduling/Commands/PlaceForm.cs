using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Queue;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling.Commands;

/// <summary>
/// The journal's form of <see cref="PlaceCommand"/>, of which it holds the most: numbers take the bytes that they need, and what is as usual
/// takes none.
/// </summary>
internal static class PlaceForm
{
    /// <summary>The tag of earlier versions, in whose form every field had its full size. It is read only.</summary>
    public const CommandKind Former = (CommandKind)1;

    private const byte FormerMayPreempt = 1;
    private const byte FormerInTurn = 2;

    private static readonly WorkloadTraits Usual = new();

    [Flags]
    private enum Fields : byte
    {
        None = 0,
        Wait = 1,
        MayPreempt = 2,
        InTurn = 4,
        Groups = 8,
        Traits = 16,
        Actor = 32,
        All = Wait | MayPreempt | InTurn | Groups | Traits | Actor,
    }

    public static void Write(ref CommandWriter writer, PlaceCommand command)
    {
        ref readonly var traits = ref command.AskedTraits;
        var fields = FieldsOf(command, traits);
        writer.UInt64(command.Workload);
        writer.Byte((byte)fields);
        writer.ShortString(command.Name);
        writer.Varint((uint)command.GpuCount);
        writer.Varint((uint)command.GpuMilli);
        writer.Varint((ulong)command.CpuMilli);
        writer.Varint((ulong)command.MemoryMib);
        if ((fields & Fields.Groups) != 0)
            writer.Varint(command.Groups.Bits);
        if ((fields & Fields.Traits) != 0)
            traits.WriteShort(ref writer);
        if ((fields & Fields.Actor) != 0)
            writer.ShortString(command.Actor);
        command.Selection?.Write(ref writer);
        if (command.Selection is null)
            command.Candidates?.Write(ref writer);
    }

    public static void Read(ref CommandReader reader, PlaceCommand command)
    {
        command.Workload = reader.UInt64();
        var fields = (Fields)reader.Byte();
        if ((fields & ~Fields.All) != 0)
            throw new InvalidDataException($"A journaled {CommandKind.Place} command has the unknown fields {(byte)fields}.");
        command.Name = reader.ShortString();
        command.GpuCount = reader.Varint32();
        command.GpuMilli = reader.Varint32();
        command.CpuMilli = (long)reader.Varint();
        command.MemoryMib = (long)reader.Varint();
        command.Groups = (fields & Fields.Groups) != 0 ? new GroupSet(reader.Varint()) : GroupSet.Any;
        command.Traits = (fields & Fields.Traits) != 0 ? WorkloadTraits.ReadShort(ref reader) : Usual;
        command.Actor = (fields & Fields.Actor) != 0 ? reader.ShortString() : "";
        command.Wait = (fields & Fields.Wait) != 0;
        command.MayPreempt = (fields & Fields.MayPreempt) != 0;
        command.InTurn = (fields & Fields.InTurn) != 0;
        ReadNodes(ref reader, command);
    }

    public static void ReadFormer(ref CommandReader reader, PlaceCommand command)
    {
        command.Workload = reader.UInt64();
        command.Name = reader.String();
        command.GpuCount = reader.Int32();
        command.GpuMilli = reader.Int32();
        command.CpuMilli = reader.Int64();
        command.MemoryMib = reader.Int64();
        command.Groups = new GroupSet(reader.UInt64());
        command.Traits = WorkloadTraits.Read(ref reader);
        command.Wait = reader.Bool();
        var flags = reader.Byte();
        command.MayPreempt = (flags & FormerMayPreempt) != 0;
        command.InTurn = (flags & FormerInTurn) != 0;
        command.Actor = reader.String();
        ReadNodes(ref reader, command);
    }

    private static Fields FieldsOf(PlaceCommand command, in WorkloadTraits traits)
        => (command.Wait ? Fields.Wait : 0)
            | (command.MayPreempt ? Fields.MayPreempt : 0)
            | (command.InTurn ? Fields.InTurn : 0)
            | (!command.Groups.IsAny ? Fields.Groups : 0)
            | (traits != Usual ? Fields.Traits : 0)
            | (command.Actor.Length > 0 ? Fields.Actor : 0);

    private static void ReadNodes(ref CommandReader reader, PlaceCommand command)
    {
        command.Selection = NodeSelection.IsNext(reader) ? NodeSelection.Read(ref reader) : null;
        command.Candidates = reader.AtEnd ? null : NodeSet.Read(ref reader);
    }
}
