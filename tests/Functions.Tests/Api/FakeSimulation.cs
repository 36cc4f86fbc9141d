using Pipeline.Contracts.Cluster;
using Pipeline.Functions.Api.Simulation;

namespace Pipeline.Functions.Tests.Api;

/// <summary>Knows one node, <c>gpu-0001</c>; remembers what was broken and which alerts were submitted.</summary>
internal sealed class FakeSimulation : ISimulation, IAlertIntake
{
    public List<SimulatedFault> Broken { get; } = [];

    public List<(string Name, string Node, DateTimeOffset StartsAt)> Alerts { get; } = [];

    public Exception? IntakeFailure { get; set; }

    public Task<SimulationDescription> DescribeAsync(CancellationToken cancellation) => Task.FromResult(new SimulationDescription(
        1, [new("xid79", "GPU off the bus", true), new("driverHung", "Driver hung", false), new("silent", "Silent fault", false)]));

    public Task<SimulatedFaultResult> BreakAsync(SimulatedFault fault, CancellationToken cancellation)
    {
        if (fault.Node != "gpu-0001")
            return Task.FromResult(new SimulatedFaultResult($"node: no node '{fault.Node}'", "", new Dictionary<string, string>()));
        Broken.Add(fault);
        return Task.FromResult(new SimulatedFaultResult(
            null, fault.Kind == "silent" ? "" : "GpuXid", new Dictionary<string, string> { ["node"] = fault.Node }));
    }

    public Task<IReadOnlyList<ExecutedAction>> ListActionsAsync(string node, CancellationToken cancellation)
        => Task.FromResult<IReadOnlyList<ExecutedAction>>(node != "gpu-0001" ? [] : [Rebooted(node)]);

    private static ExecutedAction Rebooted(string node) =>
        new("r-1-1/2", node, NodeActionKind.Reboot, 0, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddSeconds(8), ActionState.Succeeded, "up");

    public Task SubmitAsync(string alertName, IReadOnlyDictionary<string, string> labels, DateTimeOffset startsAt, CancellationToken cancellation)
    {
        if (IntakeFailure is { } failure)
            throw failure;
        Alerts.Add((alertName, labels["node"], startsAt));
        return Task.CompletedTask;
    }
}
