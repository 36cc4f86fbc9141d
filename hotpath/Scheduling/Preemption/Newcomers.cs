using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Preemption;

/// <summary>Members of a gang for whom others may have to go.</summary>
/// <param name="Nodes">The only nodes that will do; null: any.</param>
/// <param name="Count">The first so many of those that are missing.</param>
/// <param name="AsListed">Role by role as the gang names them, and not the largest first.</param>
internal readonly record struct Newcomers(GangSpec Gang, GangNodes? Nodes, int Count, bool AsListed)
{
    /// <summary>In the order in which they get their places.</summary>
    public MemberRuns RunsIn(GangScratch scratch) => AsListed ? scratch.AsListed(Gang, Count) : scratch.RunsOf(Gang, Count);

    /// <summary>Those of one role may be where those of another may not.</summary>
    public bool AreByRole => Nodes is { AreByRole: true };

    /// <summary>A member of the role may be on the node, whoever else is there.</summary>
    /// <param name="group">See <see cref="GangRoom.IsOfGroup"/>.</param>
    public bool MayUse(int role, NodeTable nodes, int node, int group)
        => GangRoom.IsOfGroup(Gang.Roles[role].Shape, nodes.GroupIndexOf(node), group) && Nodes?.NodesOf(role)?.Contains(node) != false;

    /// <summary>Some member may.</summary>
    public bool MayUse(int node) => Nodes?.Admits(node) != false;
}
