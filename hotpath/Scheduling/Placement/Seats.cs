using System.Numerics;

namespace Pipeline.Scheduling.Placement;

/// <summary>In which pool each node is, and at which position of it.</summary>
internal sealed class Seats
{
    private Seat[] _seats = [];

    public Seat this[int node] => _seats[node];

    public void Take(int node, int pool, int position)
    {
        if (node >= _seats.Length)
            Array.Resize(ref _seats, (int)BitOperations.RoundUpToPowerOf2((uint)node + 1));
        _seats[node] = new Seat(pool, position);
    }

    public void Move(int node, int position) => _seats[node] = _seats[node] with { Position = position };
}

/// <summary>A node's place in the index.</summary>
internal readonly record struct Seat(int Pool, int Position);
