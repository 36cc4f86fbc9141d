using System.Numerics;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Preemption;

/// <summary>
/// What every node would have left for the preemptors of a level: never less than one of them finds there, since no start is protected here and
/// nobody is of its own gang.
/// </summary>
internal sealed class RoomColumn
{
    private readonly Preemptor _by;
    private NodeLeft[] _left = [];

    public RoomColumn(int level, int nodes)
    {
        _by = Preemptor.OfLevel(level, at: 0);
        for (var node = 0; node < nodes; node++)
            Dirty.Mark(node);
    }

    /// <summary>Nodes to be looked at anew.</summary>
    public DirtyPages Dirty { get; } = new(1);

    public ref readonly NodeLeft this[int node] => ref _left[node];

    public void BringUpToDate(ClusterState state)
    {
        if (_left.Length < state.Nodes.End)
            Array.Resize(ref _left, (int)BitOperations.RoundUpToPowerOf2((uint)state.Nodes.End));
        for (var node = Dirty.Next(0); node >= 0; node = Dirty.Next(node))
            _left[node] = NodeLeft.Of(state, node, _by);
    }
}
