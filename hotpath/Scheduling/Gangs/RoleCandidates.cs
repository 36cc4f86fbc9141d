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
    internal void Write(ref CommandWriter writer)
    {
        writer.Int32(Role);
        Nodes.Write(ref writer);
    }

    internal static RoleCandidates Read(ref CommandReader reader) => new(reader.Int32(), NodeSet.Read(ref reader));
}
