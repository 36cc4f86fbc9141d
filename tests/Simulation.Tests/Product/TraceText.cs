using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;

namespace Pipeline.Simulation.Tests.Product;

/// <summary>A command for people, made only when the trace is read.</summary>
internal static class TraceText
{
    public static object Of(Command command, Reply reply) => command switch
    {
        BeginStepCommand begin => new Lazily(() => $"{begin.Run}/{begin.Attempt} {begin.Step}"),
        CompleteStepCommand end => new Lazily(() => $"{end.Run}/{end.Attempt} {end.Step} {end.Outcome}: {end.Message}"),
        ReportAlertsCommand report => new Lazily(() => string.Join("; ", report.Alerts.Select(a => $"{a.Status} {a.AlertName} xid {a.Xid} {a.Node} 0x{a.GpuMask:X}"))),
        ConfirmMarkCommand mark => new Lazily(() => $"{mark.Node} {mark.Run} {(mark.Marked ? mark.State : "no mark")}"),
        UpsertNodeCommand node => new Lazily(() => $"{node.Name} reachable {node.Reachable} cordoned {node.ForeignCordon}"),
        PlaceCommand place => new Lazily(() => $"{place.Workload} on {reply.Detail} 0x{reply.GpuMask:X}"),
        ConfirmCommand confirm => confirm.Workload,
        ClaimTellingCommand claim => claim.Run,
        RecordTellingCommand record => record.Run,
        ReleaseCommand release => release.Workload,
        BindCommand bind => bind.Workload,
        _ => reply.Detail ?? "",
    };

    private sealed class Lazily(Func<string> text)
    {
        public override string ToString() => text();
    }
}
