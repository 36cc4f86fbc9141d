using Pipeline.Contracts.Client;
using Pipeline.Contracts.Cluster;
using Pipeline.Contracts.V1;

namespace Pipeline.Contracts.Remote;

/// <summary>
/// The simulated cluster of another process, described without any kind of fault when that one's cluster is real. Throws as
/// <see cref="IRepairApi"/> does.
/// </summary>
public sealed class RemoteSimulation(GrpcChannel channel) : ISimulation
{
    public async Task<SimulationDescription> DescribeAsync(CancellationToken cancellation)
    {
        try
        {
            var reply = await channel.AskAsync(SimulationMethods.Describe, new DescribeSimulationRequest(), cancellation).ConfigureAwait(false);
            return new SimulationDescription(reply.Speed, [.. reply.Kinds.Select(kind => new SimulatedFaultKind(kind.Name, kind.Title, kind.NeedsGpu))]);
        }
        catch (GrpcCallException exception) when (exception.Status == GrpcStatusCode.Unimplemented)
        {
            return new SimulationDescription(1, []);
        }
    }

    public async Task<SimulatedFaultResult> BreakAsync(SimulatedFault fault, CancellationToken cancellation)
    {
        var request = new BreakRequest { Node = fault.Node, Kind = fault.Kind, Gpu = fault.Gpu };
        var reply = await channel.AskAsync(SimulationMethods.Break, request, cancellation).ConfigureAwait(false);
        return new SimulatedFaultResult(reply.HasError ? reply.Error : null, reply.AlertName, reply.Labels.ToDictionary());
    }

    public async Task<IReadOnlyList<ExecutedAction>> ListActionsAsync(string node, CancellationToken cancellation)
    {
        var reply = await channel.AskAsync(SimulationMethods.ListActions, new ListActionsRequest { Node = node }, cancellation).ConfigureAwait(false);
        return [.. reply.Actions.Select(action => action.ToExecuted())];
    }
}
