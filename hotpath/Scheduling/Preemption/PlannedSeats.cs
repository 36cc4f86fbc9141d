using System.Numerics;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Preemption;

/// <summary>A place that a plan gives away.</summary>
/// <param name="Member">Which of the workloads to be placed.</param>
/// <param name="Gpu">GPU that the share is on; -1: any whole GPUs, or none.</param>
/// <param name="Next">The plan's previous seat on the same node, or -1.</param>
internal readonly record struct PlannedSeat(int Node, int Member, Shape Shape, int Gpu, int Next);

/// <summary>The places that a plan gives away, by node.</summary>
internal sealed class PlannedSeats
{
    private readonly List<PlannedSeat> _seats = [];
    private int[] _first = [];
    private int[] _rounds = [];
    private int _round;

    public int Count => _seats.Count;

    public PlannedSeat this[int seat] => _seats[seat];

    /// <param name="nodes">One more than the highest node index.</param>
    public void Begin(int nodes)
    {
        _seats.Clear();
        if (++_round == 0)
        {
            Array.Clear(_rounds);
            _round = 1;
        }
        if (_first.Length >= nodes)
            return;
        var capacity = (int)BitOperations.RoundUpToPowerOf2((uint)nodes);
        Array.Resize(ref _first, capacity);
        Array.Resize(ref _rounds, capacity);
    }

    /// <summary>The newest seat on the node, or -1.</summary>
    public int FirstOn(int node) => _rounds[node] == _round ? _first[node] : -1;

    public void Add(int node, int member, in Shape shape, int gpu)
    {
        _seats.Add(new PlannedSeat(node, member, shape, gpu, FirstOn(node)));
        (_first[node], _rounds[node]) = (_seats.Count - 1, _round);
    }

    /// <summary>Takes back all but the first seats.</summary>
    public void Rollback(int seats)
    {
        for (var seat = _seats.Count - 1; seat >= seats; seat--)
            _first[_seats[seat].Node] = _seats[seat].Next;
        _seats.RemoveRange(seats, _seats.Count - seats);
    }
}
