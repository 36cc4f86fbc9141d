using System.Collections.Immutable;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Repair;

namespace Pipeline.KubernetesCluster.Tests.Support;

/// <summary>Alerts about nodes, by a policy that reboots at the first.</summary>
internal static class Faults
{
    private const int Xid = 79;

    private static readonly RepairPolicy Policy = RepairPolicy.Empty with
    {
        Classes = ImmutableDictionary<string, FaultClass>.Empty.Add("broken", new FaultClass(
            "broken", 50, 1, 0, [new LadderStep(StepKind.Reboot, 600_000, 2, true, false, false)],
            new LadderStep(StepKind.HealthCheck, 600_000, 2, true, false, false), 1_000, RunState.Escalated)),
        Xids = ImmutableDictionary<int, string>.Empty.Add(Xid, "broken"),
    };

    /// <returns>Id of the run.</returns>
    public static async Task<string> BreakAsync(World world, string node)
    {
        await world.Service.Loop.SubmitAsync(new SetPolicyCommand { Policy = Policy });
        var reply = await world.Service.Loop.SubmitAsync(Alert(node, AlertStatus.Firing));
        return ((AlertReplies)reply.Detail!).Runs[0];
    }

    public static async Task ResolveAsync(World world, string node) => await world.Service.Loop.SubmitAsync(Alert(node, AlertStatus.Resolved));

    private static ReportAlertsCommand Alert(string node, AlertStatus status) => new()
    {
        Source = "alertmanager",
        Alerts = [new AlertSignal($"f-{node}", 1_000, status, AlertKind.Fault, "GpuXid", node, 1, Xid, "", false, $"XID {Xid}", ["gpu=0"])],
    };
}
