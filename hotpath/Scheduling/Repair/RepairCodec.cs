using Pipeline.Scheduling.Commands;

namespace Pipeline.Scheduling.Repair;

/// <summary>Bytes of alerts, policies and runs, for the journal and the checkpoint.</summary>
internal static class RepairCodec
{
    public static void Write(ref CommandWriter writer, ReportAlertsCommand command) => throw new NotSupportedException();

    public static void Read(ref CommandReader reader, ReportAlertsCommand command) => throw new NotSupportedException();

    public static void Write(ref CommandWriter writer, RepairPolicy policy) => throw new NotSupportedException();

    public static RepairPolicy ReadPolicy(ref CommandReader reader) => throw new NotSupportedException();
}
