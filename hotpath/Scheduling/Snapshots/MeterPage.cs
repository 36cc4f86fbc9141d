using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling.Snapshots;

/// <summary>An immutable copy of what <see cref="ProjectMeters.PageSize"/> neighbouring projects have used of the month.</summary>
internal sealed class MeterPage(int index, ProjectMeters.Meter[] meters) : ImagePart
{
    public override ulong Key => KeyOf(ImageTable.MeterPage, index);

    public override object Identity => this;

    public override void Write(ref CommandWriter writer)
    {
        foreach (var meter in meters)
        {
            writer.Int32(meter.Month);
            writer.Int64(meter.At);
            writer.UInt64((ulong)meter.Used);
            writer.UInt64((ulong)(meter.Used >> 64));
            writer.Int64(meter.MeasuredSeconds);
            writer.Int64(meter.BusySeconds);
        }
    }

    /// <exception cref="InvalidDataException">The part is damaged.</exception>
    public static void Restore(ProjectMeters meters, int index, ReadOnlySpan<byte> bytes)
    {
        var reader = new CommandReader(bytes);
        for (var project = index * ProjectMeters.PageSize; !reader.AtEnd; project++)
        {
            Damage.If((uint)project >= (uint)meters.Capacity, "meter page", index);
            var (month, at) = (reader.Int32(), reader.Int64());
            var (low, high) = (reader.UInt64(), reader.UInt64());
            meters.Restore(project, new ProjectMeters.Meter
            {
                Month = month,
                At = at,
                Used = new Int128(high, low),
                MeasuredSeconds = reader.Int64(),
                BusySeconds = reader.Int64(),
            });
        }
    }
}
