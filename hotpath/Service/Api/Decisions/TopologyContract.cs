using Pipeline.Contracts;
using Pipeline.Contracts.V1;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Hotpath.Api.Decisions;

/// <summary>The tree of network domains.</summary>
internal static class TopologyContract
{
    /// <exception cref="RequestRefusedException">A name is no text.</exception>
    public static SetTopologyCommand ToEngine(this SetTopologyRequest request)
    {
        Text.RequireAll(request);
        return new SetTopologyCommand
        {
            Domains = [.. request.Domains.Select(domain => new DomainDefinition(domain.Name, domain.Tier, [.. domain.Nodes], [.. domain.Domains]))],
        };
    }
}
