using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Gangs;

/// <summary>
/// The only nodes that will do for the members of one role. They are alike, so a node that the cluster keeps from one of them (by a taint
/// or a selector that the model does not have) will not do for the others either.
/// </summary>
/// <param name="Role">Index of the role; members of other roles may be on any node.</param>
public sealed record RoleCandidates(int Role, NodeSet Nodes)
{
    private const int EveryRole = -1;

    /// <param name="nodes">Nodes for every member; null: any, for which there is no word.</param>
    internal static RoleCandidates? OfAll(NodeSet? nodes) => nodes is null ? null : new RoleCandidates(EveryRole, nodes);

    /// <summary>The only nodes for members of the role; null: any.</summary>
    internal NodeSet? NodesOf(int role) => Role == role || Role == EveryRole ? Nodes : null;

    internal void Write(ref CommandWriter writer)
    {
        writer.Int32(Role);
        Nodes.Write(ref writer);
    }

    internal static RoleCandidates Read(ref CommandReader reader) => new(reader.Int32(), NodeSet.Read(ref reader));
}
