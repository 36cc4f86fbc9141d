using System.Runtime.InteropServices;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Explain;

/// <summary>How many nodes network domains lack for a gang that must stay within one, by free GPUs alone.</summary>
internal static class DomainShortage
{
    /// <summary>The allowed domain that lacks the fewest, the first of several; null when one lacks none.</summary>
    public static ReasonCount? Of(ClusterState state, GangSpec gang)
    {
        var shortage = GangShortage.Of(state, gang);
        if (shortage.Missing.Count == 0)
            return null;
        var (tree, best, least) = (state.Nodes.Topology, -1, int.MaxValue);
        foreach (var group in GroupsOf(state, gang))
        {
            var needed = NeededOf(shortage, LargestNode(state.Nodes, group));
            for (var domain = TopologyTree.Root + 1; domain < tree.Count && state.Nodes.Domains is { } domains; domain++)
            {
                if (!shortage.IsAllowedIn(tree, domain, gang.HighestTier))
                    continue;
                if (Lacks(domains, domain, group, needed) is var lacks && lacks < least)
                    (best, least) = (domain, lacks);
            }
            if (best < 0)
                least = Math.Min(least, needed.NodesFor(needed.Members));
        }
        return least is 0 or int.MaxValue ? null : new ReasonCount(ReasonCode.DomainTooSmall, 0, best < 0 ? "" : tree.NameOf(best), least);
    }

    /// <summary>Machine groups that all members could be in; where they may be mixed, all together.</summary>
    public static List<int> GroupsOf(ClusterState state, GangSpec gang)
    {
        if (state.Tenancy.Policy.Gangs.MixGroups)
            return [DomainCounts.AnyGroup];
        var groups = new List<int>();
        for (var rest = GangPlacer.GroupsOf(state, gang); !rest.IsEmpty && rest.First < state.Nodes.Groups.Length; rest = rest.Without(rest.First))
            groups.Add(rest.First);
        return groups;
    }

    private static Need NeededOf(GangShortage shortage, int largestNode)
    {
        var (bySize, small) = (new int[NodeTable.MaxGpus + 1], new HashSet<Shape>());
        foreach (var shape in CollectionsMarshal.AsSpan(shortage.Missing)[..shortage.Needed])
        {
            bySize[shape.WholeGpus]++;
            if (shape.WholeGpus == 0)
                small.Add(shape);
        }
        return new Need(bySize, small, largestNode);
    }

    /// <summary>Packs as <see cref="GpuPacking"/> does, and what is left over into whole nodes.</summary>
    private static int Lacks(DomainCounts domains, int domain, int group, Need need)
    {
        var free = new int[NodeTable.MaxGpus + 1];
        for (var gpus = 1; gpus < free.Length; gpus++)
            free[gpus] = domains.NodesWith(domain, group, gpus);
        var left = new int[need.Members.Length];
        for (var size = left.Length - 1; size > 0; size--)
        {
            left[size] = need.Members[size];
            for (var gpus = size; gpus < free.Length; gpus++)
                left[size] = GpuPacking.Fill(free, gpus, size, left[size], free);
        }
        foreach (var shape in need.Small)
            left[0] += HasNode(domains, domain, group, shape) ? 0 : 1;
        return need.NodesFor(left);
    }

    private static bool HasNode(DomainCounts domains, int domain, int group, in Shape shape)
    {
        if (shape.GpuCount > 0)
            return domains.Nodes(domain, group) > 0;
        // One without GPUs may be on a node of any group that it accepts.
        var rest = shape.Groups;
        while (!rest.IsEmpty && domains.Nodes(domain, rest.First) == 0)
            rest = rest.Without(rest.First);
        return !rest.IsEmpty;
    }

    private static int LargestNode(NodeTable nodes, int group)
    {
        var largest = 1;
        for (var node = 0; node < nodes.End; node++)
        {
            if (nodes.Exists(node) && (group == DomainCounts.AnyGroup || nodes.GroupIndexOf(node) == group))
                largest = Math.Max(largest, nodes.GpuCountOf(node));
        }
        return largest;
    }

    /// <param name="Members">By the GPUs that they ask for.</param>
    /// <param name="Small">Those of them that ask for no whole GPU.</param>
    /// <param name="LargestNode">GPUs of a node more.</param>
    private sealed record Need(int[] Members, HashSet<Shape> Small, int LargestNode)
    {
        /// <summary>Nodes with nothing else on them that hold so many members, the largest first.</summary>
        public int NodesFor(int[] members)
        {
            var free = new int[NodeTable.MaxGpus + 1];
            var nodes = 0;
            for (var size = members.Length - 1; size > 0; size--)
            {
                var left = members[size];
                for (var gpus = size; gpus < free.Length; gpus++)
                    left = GpuPacking.Fill(free, gpus, size, left, free);
                if (left == 0)
                    continue;
                var capacity = Math.Max(size, LargestNode);
                var more = (left + capacity / size - 1) / (capacity / size);
                free[capacity] += more;
                nodes += more;
                for (var gpus = size; gpus < free.Length; gpus++)
                    left = GpuPacking.Fill(free, gpus, size, left, free);
            }
            return nodes == 0 && members[0] > 0 ? 1 : nodes;
        }
    }
}
