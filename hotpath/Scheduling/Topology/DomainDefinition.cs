using System.Collections.Immutable;

namespace Pipeline.Scheduling.Topology;

/// <summary>
/// A network domain as the cluster tells it: Volcano's HyperNode (<c>topology.volcano.sh/v1alpha1</c>) with its selectors resolved
/// to names.
/// </summary>
/// <param name="Name">Unique; 1 to <see cref="TopologyTree.MaxName"/> characters.</param>
/// <param name="Tier">0 to <see cref="TopologyTree.MaxTier"/>; smaller means a faster network.</param>
/// <param name="Nodes">Names of the nodes that hang under it directly, whether or not they exist yet.</param>
/// <param name="Domains">Names of the domains under it, all of lower tiers.</param>
public sealed record DomainDefinition(string Name, int Tier, ImmutableArray<string> Nodes, ImmutableArray<string> Domains);
