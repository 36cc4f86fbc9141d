using Pipeline.Contracts.V1;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Hotpath.Api.Decisions;

/// <summary>The tree of network domains.</summary>
internal static class TopologyContract
{
    public static SetTopologyCommand ToEngine(this SetTopologyRequest request) => new()
    {
        Domains = [.. request.Domains.Select(domain => new DomainDefinition(domain.Name, domain.Tier, [.. domain.Nodes], [.. domain.Domains]))],
    };
}
