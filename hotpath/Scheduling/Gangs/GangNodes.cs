using System.Numerics;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Queue;

namespace Pipeline.Scheduling.Gangs;

/// <summary>The only nodes that will do for the members of a gang: one set for all of them, or one for each role.</summary>
internal sealed class GangNodes
{
    private readonly NodeSet?[] _sets;

    private GangNodes(NodeSet?[] sets) => _sets = sets;

    /// <summary>Null: any will do for every member.</summary>
    public static GangNodes? Of(PlaceGangCommand command)
    {
        if (command.Candidates is not { } candidates)
            return Of([.. command.Selections.Select(selection => selection?.Nodes)]);
        var sets = new NodeSet?[command.Gang.Roles.Length];
        sets[candidates.Role] = candidates.Nodes;
        return Of(sets);
    }

    /// <inheritdoc cref="Of(PlaceGangCommand)"/>
    public static GangNodes? Of(PendingJob job, SelectionTable selections) => Of([.. job.Selections.Select((_, role) => selections.NodesOf(job, role))]);

    /// <summary>Members of one role may be where those of another may not.</summary>
    public bool AreByRole => _sets.Length > 1;

    /// <summary>The only nodes for members of the role; null: any.</summary>
    public NodeSet? NodesOf(int role) => _sets.Length == 1 ? _sets[0] : _sets[role];

    /// <summary>The only nodes for members of any of the roles; null: any.</summary>
    /// <param name="roles">Bit i: role i. At least one.</param>
    public NodeSet? OfRoles(ulong roles)
    {
        var all = NodesOf(BitOperations.TrailingZeroCount(roles));
        for (var rest = roles & (roles - 1); rest != 0 && all is not null; rest &= rest - 1)
        {
            var more = NodesOf(BitOperations.TrailingZeroCount(rest));
            if (!NodeSet.Same(all, more))
                all = more is null ? null : all.With(more);
        }
        return all;
    }

    /// <summary>A member of some role may be on the node.</summary>
    public bool Admits(int node)
    {
        foreach (var set in _sets)
        {
            if (set?.Contains(node) != false)
                return true;
        }
        return false;
    }

    private static GangNodes? Of(NodeSet?[] sets) => Array.TrueForAll(sets, set => set is null) ? null : new GangNodes(sets);
}
