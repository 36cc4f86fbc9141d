using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace Pipeline.Scheduling.Placement;

/// <summary>
/// The nodes of a pool that are of one class: a bitmap of three levels of 64, with the headroom of each block (64 nodes), of each
/// span (64 blocks) and of all beside it, so that a search passes over what cannot hold a match.
/// </summary>
/// <remarks>
/// A headroom is never less than the truth and may be more: growth is entered at once, but a shrinking node leaves it as it is,
/// and the next search that looks there in vain sets it right. So an update costs a few instructions, and a useless look is paid
/// for by the update that caused it.
/// </remarks>
internal struct FreeClass
{
    public const int None = -1;
    public const int OutOfPatience = -2;

    // Null until there is a first member.
    private Summary[] _blocks;
    private Summary[] _spans;
    private Summary _all;

    public readonly bool IsEmpty => _all.Members == 0;

    public void Add(int position)
    {
        var block = position >> 6;
        if (_blocks is null || block >= _blocks.Length)
            Grow(block + 1);
        _blocks[block].Members |= 1UL << position;
        _spans[block >> 6].Members |= 1UL << block;
        _all.Members |= 1UL << (block >> 6);
    }

    public void Remove(int position)
    {
        ref var block = ref _blocks[position >> 6];
        if ((block.Members &= ~(1UL << position)) != 0)
            return;
        block = default;
        ref var span = ref _spans[position >> 12];
        if ((span.Members &= ~(1UL << (position >> 6))) != 0)
            return;
        span = default;
        if ((_all.Members &= ~(1UL << (position >> 12))) == 0)
            _all = default;
    }

    /// <summary>A member's headroom is now <paramref name="room"/>.</summary>
    public void Raise(int position, in Headroom room)
    {
        // What a block already covers, its span and the whole cover too.
        ref var block = ref _blocks[position >> 6].Most;
        if (block.Covers(room))
            return;
        block = block.Or(room);
        ref var span = ref _spans[position >> 12].Most;
        span = span.Or(room);
        _all.Most = _all.Most.Or(room);
    }

    public void Clear()
    {
        _blocks.AsSpan().Clear();
        _spans.AsSpan().Clear();
        _all = default;
    }

    /// <summary>The lowest position that covers the need and that the wish accepts, <see cref="None"/>, or <see cref="OutOfPatience"/>.</summary>
    /// <param name="rows">Exact headroom and node by position.</param>
    /// <param name="patience">Spans and blocks that may still be looked through in vain; counted down.</param>
    public int FirstFit(PoolRows rows, in Wish wish, ref int patience)
    {
        if (!_all.Most.Covers(wish.Need))
            return None;
        for (var spans = _all.Members; spans != 0; spans &= spans - 1)
        {
            var span = BitOperations.TrailingZeroCount(spans);
            if (!_spans[span].Most.Covers(wish.Need))
                continue;
            var found = FirstFitInSpan(span, rows, wish, ref patience);
            if (found != None)
                return found;
        }
        _all.Most = MostOf(_spans, 0, _all.Members);
        return None;
    }

    private int FirstFitInSpan(int span, PoolRows rows, in Wish wish, ref int patience)
    {
        for (var blocks = _spans[span].Members; blocks != 0; blocks &= blocks - 1)
        {
            var block = (span << 6) + BitOperations.TrailingZeroCount(blocks);
            if (!_blocks[block].Most.Covers(wish.Need))
                continue;
            var found = FirstFitInBlock(block, rows, wish);
            if (found != None)
                return found;
            if (--patience < 0)
                return OutOfPatience;
        }
        _spans[span].Most = MostOf(_blocks, span << 6, _spans[span].Members);
        return --patience < 0 ? OutOfPatience : None;
    }

    private int FirstFitInBlock(int block, PoolRows rows, in Wish wish)
    {
        Headroom most = default;
        for (var nodes = _blocks[block].Members; nodes != 0; nodes &= nodes - 1)
        {
            var position = (block << 6) + BitOperations.TrailingZeroCount(nodes);
            var room = rows.Row[position].Room;
            if (room.Covers(wish.Need) && wish.Accepts(rows.Node[position]))
                return position;
            most = most.Or(room);
        }
        _blocks[block].Most = most;
        return None;
    }

    private static Headroom MostOf(Summary[] parts, int start, ulong members)
    {
        Headroom most = default;
        for (; members != 0; members &= members - 1)
            most = most.Or(parts[start + BitOperations.TrailingZeroCount(members)].Most);
        return most;
    }

    [MemberNotNull(nameof(_blocks), nameof(_spans))]
    private void Grow(int blocks)
    {
        var capacity = (int)BitOperations.RoundUpToPowerOf2((uint)blocks);
        Array.Resize(ref _blocks, capacity);
        Array.Resize(ref _spans, (capacity + 63) >> 6);
    }

    /// <summary>Of a block its nodes, of a span its blocks, of all the spans: which of the 64 hold a member, and the most headroom among them.</summary>
    private struct Summary
    {
        public ulong Members;
        public Headroom Most;
    }
}
