using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Explain;

/// <summary>What a gang has and what it lacks.</summary>
/// <param name="Missing">Shapes of the members that have no place, role by role, those first that take the least: the others may be the elastic ones.</param>
/// <param name="Needed">How many of them must get one at once; the rest is elastic.</param>
/// <param name="Occupied">Domains of the members that have one.</param>
internal sealed record GangShortage(List<Shape> Missing, int Needed, List<int> Occupied)
{
    /// <summary>Milli-GPU of the first so many that are needed.</summary>
    public long NeededMilli => MilliOf(Needed);

    public long MissingMilli => MilliOf(Missing.Count);

    public static GangShortage Of(ClusterState state, GangSpec gang)
    {
        var (missing, occupied) = (new List<Shape>(), new List<int>());
        foreach (var role in gang.Roles.OrderBy(role => role.Shape.Milli))
        {
            foreach (var member in role.Members)
            {
                if (state.Workloads.TryFind(member, out var slot))
                    occupied.Add(state.Nodes.DomainOf(state.Workloads[slot].Node));
                else
                    missing.Add(role.Shape);
            }
        }
        // A gang that has all it must have waits for one more.
        return new GangShortage(missing, Math.Clamp(gang.NeededOf(missing.Count), Math.Min(1, missing.Count), missing.Count), occupied);
    }

    /// <summary>The gang may be in the domain, where its topology is hard.</summary>
    public bool IsAllowedIn(TopologyTree tree, int domain, int highestTier)
        => tree.TierOf(domain) <= highestTier && Occupied.TrueForAll(occupied => tree.Contains(domain, occupied));

    private long MilliOf(int members)
    {
        var sum = 0L;
        for (var member = 0; member < members; member++)
            sum += Missing[member].Milli;
        return sum;
    }
}
