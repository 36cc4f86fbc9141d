using Pipeline.Contracts;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Hotpath.Api.Nominations;

/// <summary>Nodes that a caller names, as the bytes of <c>NominateRequest.nodes</c>, in the newest snapshot.</summary>
internal sealed class NamedNodes
{
    private readonly ReadOnlyMemory<byte> _names;

    /// <exception cref="RequestRefusedException">The last name has no end.</exception>
    public NamedNodes(ReadOnlyMemory<byte> names, ClusterSnapshot snapshot)
    {
        if (names.Length > 0 && names.Span[^1] != (byte)'\n')
            throw RequestRefusedException.InvalidArgument("nodes", "the last name has no line feed behind it");
        (_names, Snapshot) = (names, snapshot);
        foreach (var index in this)
        {
            Count++;
            if (index < 0)
                Unknown++;
            else
                Set.Add(index);
        }
    }

    public ClusterSnapshot Snapshot { get; }

    public NodeSet Set { get; } = new();

    /// <summary>Names, the same twice counted twice.</summary>
    public int Count { get; }

    /// <summary>Names that are no node's.</summary>
    public int Unknown { get; }

    /// <summary>The node indices in the order of the names, -1 for a name that is no node's.</summary>
    public Enumerator GetEnumerator() => new(_names.Span, Snapshot);

    public ref struct Enumerator(ReadOnlySpan<byte> names, ClusterSnapshot snapshot)
    {
        private ReadOnlySpan<byte> _rest = names;

        public int Current { get; private set; }

        public bool MoveNext()
        {
            if (_rest.IsEmpty)
                return false;
            var end = _rest.IndexOf((byte)'\n');
            Current = snapshot.TryFindNode(_rest[..end], out var index) ? index : -1;
            _rest = _rest[(end + 1)..];
            return true;
        }
    }
}
