using System.Collections.Immutable;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Repair;

namespace Pipeline.KubernetesCluster.Tests.Support;

/// <summary>Alerts about nodes, by a policy that reboots at the first.</summary>
internal static class Faults
{
    private const int Xid = 79;

    private static readonly RepairPolicy Policy = Of(new FaultClass(
        "broken", 50, 1, 0, [new LadderStep(StepKind.Reboot, 600_000, 2, true, false, false)],
        new LadderStep(StepKind.HealthCheck, 600_000, 2, true, false, false), 1_000, RunState.Escalated));

    /// <summary>Drains, reboots once, and soaks for a second.</summary>
    public static RepairPolicy DrainAndReboot { get; } = Of(new FaultClass(
        "broken", 50, 1, 0,
        [new LadderStep(StepKind.Drain, 600_000, 2, true, true, false), new LadderStep(StepKind.Reboot, 600_000, 1, false, false, false)],
        new LadderStep(StepKind.HealthCheck, 600_000, 2, true, false, false), 1_000, RunState.Escalated));

    public static RepairPolicy AskAPerson { get; } = Of(new FaultClass("broken", 50, 1, 0, [], new LadderStep(StepKind.HealthCheck, 1, 0, true, false, false), 0, RunState.Escalated));

    /// <returns>Id of the run.</returns>
    public static async Task<string> BreakAsync(World world, string node, RepairPolicy? policy = null)
    {
        await world.Service.Loop.SubmitAsync(new SetPolicyCommand { Policy = policy ?? Policy });
        var reply = await world.Service.Loop.SubmitAsync(Alert(node, AlertStatus.Firing));
        return ((AlertReplies)reply.Detail!).Runs[0];
    }

    public static async Task ResolveAsync(World world, string node) => await world.Service.Loop.SubmitAsync(Alert(node, AlertStatus.Resolved));

    public static ReportAlertsCommand Alert(string node, AlertStatus status) => new()
    {
        Source = "alertmanager",
        Alerts = [new AlertSignal($"f-{node}", 1_000, status, AlertKind.Fault, "GpuXid", node, 1, Xid, "", false, $"XID {Xid}", ["gpu=0"])],
    };

    private static RepairPolicy Of(FaultClass fault) => RepairPolicy.Empty with
    {
        Classes = ImmutableDictionary<string, FaultClass>.Empty.Add(fault.Name, fault),
        Xids = ImmutableDictionary<int, string>.Empty.Add(Xid, fault.Name),
    };
}
