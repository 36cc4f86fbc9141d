using System.Collections.Immutable;
using Pipeline.Hotpath.Loop;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Hotpath.Tests.Support;

internal static class Commands
{
    public const int BrokenXid = 79;

    public static UpsertNodeCommand Node(int number = 1) => new()
    {
        Name = NodeName(number),
        GpuCount = 8,
        CpuMilli = 64_000,
        MemoryMib = 512_000,
        Group = "h100",
    };

    public static string NodeName(int number = 1) => $"gpu-{number:0000}";

    public static PlaceCommand Place(ulong workload, int gpus = 1) => new() { Workload = workload, Name = $"team/w{workload}", GpuCount = gpus };

    public static ReportAlertsCommand Alert(int node = 1, string fingerprint = "f", int xid = BrokenXid, AlertKind kind = AlertKind.Fault) => new()
    {
        Source = "alertmanager",
        Alerts =
        [
            new AlertSignal(
                $"{fingerprint}-{node}", 1_000, AlertStatus.Firing, kind, "GpuXid", NodeName(node), 1, xid, "", false, $"XID {xid}", ["gpu=0"]),
        ],
    };

    public static RepairPolicy Policy { get; } = RepairPolicy.Empty with
    {
        Classes = ImmutableDictionary<string, FaultClass>.Empty.Add("broken", new FaultClass(
            "broken", 50, 1, 0, [new LadderStep(StepKind.Reboot, 60_000, 2, true, false, false)],
            new LadderStep(StepKind.HealthCheck, 60_000, 2, true, false, false), 1_000, RunState.Escalated)),
        Xids = ImmutableDictionary<int, string>.Empty.Add(BrokenXid, "broken"),
    };

    public static async Task FillAsync(EngineLoop loop, int nodes)
    {
        for (var node = 1; node <= nodes; node++)
            await loop.SubmitAsync(Node(node));
        await loop.SubmitAsync(new SetPolicyCommand { Policy = Policy });
    }

    public static Run Run(this EngineLoop loop, int node = 1)
        => loop.Snapshot.Repair.NewestFirst().First(run => run.NodeName == NodeName(node));

    /// <summary>Closes the alert's episode before anything was done: the run ends.</summary>
    public static ReportAlertsCommand Resolve(int node = 1, string fingerprint = "f")
    {
        var firing = Alert(node, fingerprint);
        return new ReportAlertsCommand { Source = firing.Source, Alerts = [firing.Alerts[0] with { Status = AlertStatus.Resolved }] };
    }
}
