using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Placement;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Gangs;

/// <summary>
/// Whether a domain has places for enough members by everything that a node says of itself: CPU, memory, shares of GPUs, and who may be
/// there at all. The counts of whole GPUs that rank the domains know none of it, and a look costs less than a try.
/// </summary>
internal static class GangRoom
{
    /// <summary>False: a try in the domain is in vain. Each role is counted as if it were alone.</summary>
    public static bool IsIn(in GangTry attempt, int domain)
    {
        var (gangs, places) = (attempt.State.Gangs, 0);
        var needed = attempt.Gang.FewestOf(gangs.Missing.Count);
        foreach (var (_, first, end) in gangs.RunsOf(attempt.Gang, gangs.Missing.Count))
        {
            places += Places(attempt, domain, gangs.Missing[first].Role, Math.Min(end - first, needed));
            if (places >= needed)
                return true;
        }
        return false;
    }

    /// <summary>The domain has places for all these missing members, who are of one role.</summary>
    public static bool Holds(in GangTry attempt, int domain, int first, int end)
    {
        return Places(attempt, domain, attempt.State.Gangs.Missing[first].Role, end - first) == end - first;
    }

    /// <summary>A member may be in the machine group.</summary>
    /// <param name="only">The group in which those with GPUs are to be, or <see cref="DomainCounts.AnyGroup"/>.</param>
    public static bool IsOfGroup(in Shape shape, int group, int only)
        => shape.Groups.Contains(group) && (only == DomainCounts.AnyGroup || shape.GpuCount == 0 || only == group);

    private static int Places(in GangTry attempt, int domain, int role, int most)
    {
        var (nodes, candidates, left) = (attempt.State.Nodes, attempt.CandidatesOf(role), most);
        var (shape, mostOnNode) = (attempt.Gang.Roles[role].Shape, attempt.Gang.Roles[role].MostOnNode(role));
        foreach (var node in nodes.NodesIn(domain))
        {
            if (!nodes.IsOpen(node) || candidates?.Contains(node) == false || !IsOfGroup(shape, nodes.GroupIndexOf(node), attempt.Group))
                continue;
            left -= PlaceCount.On(nodes, node, shape, Math.Min(left, mostOnNode));
            if (left == 0)
                break;
        }
        return most - left;
    }
}
