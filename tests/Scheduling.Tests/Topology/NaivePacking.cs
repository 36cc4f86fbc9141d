using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Tests.Topology;

/// <summary>Packs members one by one, and tries every way.</summary>
internal static class NaivePacking
{
    /// <summary>Sizes of the members, the largest first.</summary>
    public static List<int> MembersOf(IEnumerable<MemberDemand> demands)
        => [.. demands.SelectMany(d => Enumerable.Repeat(d.Gpus, d.Members)).OrderDescending()];

    /// <summary>Whether any way to put the members on the nodes exists.</summary>
    public static bool Fits(List<int> free, IEnumerable<int> members)
    {
        if (!members.Any())
            return true;
        var size = members.First();
        foreach (var node in free.Where(f => f >= size).Distinct().ToList())
        {
            List<int> rest = [.. free];
            rest.Remove(node);
            rest.Add(node - size);
            if (Fits(rest, members.Skip(1)))
                return true;
        }
        return false;
    }

    /// <summary>Nodes in fragments after best fit, where of equal nodes one that was touched goes first; -1 when a member finds no node.</summary>
    public static int Remnants(IEnumerable<int> free, IEnumerable<int> members)
    {
        var nodes = free.Select(f => (Free: f, Touched: false)).ToList();
        foreach (var size in members.Where(size => size > 0))
        {
            var fitting = nodes.Where(n => n.Free >= size).OrderBy(n => n.Free).ThenByDescending(n => n.Touched).ToList();
            if (fitting.Count == 0)
                return -1;
            nodes.Remove(fitting[0]);
            nodes.Add((fitting[0].Free - size, true));
        }
        return nodes.Count(n => n is { Touched: true, Free: > 0 });
    }
}
