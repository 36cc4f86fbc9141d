using System.Numerics;

namespace Pipeline.Scheduling.Placement;

/// <summary>
/// The nodes of a pool that have the same number of free whole GPUs: a bitmap of three levels of 64, with the headroom of each
/// block (64 nodes), of each span (64 blocks) and of all beside it, so that a search passes over what cannot hold a match.
/// </summary>
/// <remarks>
/// A headroom is never less than the truth and may be more: growth is entered at once, but a shrinking node leaves it as it is,
/// and the next search that looks there in vain sets it right. So an update costs a few instructions, and a useless look is paid
/// for by the update that caused it.
/// </remarks>
internal sealed class FreeClass
{
    public const int None = -1;
    public const int OutOfPatience = -2;

    private ulong[] _nodes = [];
    private ulong[] _blocks = [];
    private Headroom[] _ofBlock = [];
    private Headroom[] _ofSpan = [];
    private ulong _spans;
    private Headroom _ofAll;

    public bool IsEmpty => _spans == 0;

    public void Add(int position)
    {
        var block = position >> 6;
        if (block >= _nodes.Length)
            Grow(block + 1);
        _nodes[block] |= 1UL << position;
        _blocks[block >> 6] |= 1UL << block;
        _spans |= 1UL << (block >> 6);
    }

    public void Remove(int position)
    {
        var block = position >> 6;
        if ((_nodes[block] &= ~(1UL << position)) != 0)
            return;
        _ofBlock[block] = default;
        var span = block >> 6;
        if ((_blocks[span] &= ~(1UL << block)) != 0)
            return;
        _ofSpan[span] = default;
        if ((_spans &= ~(1UL << span)) == 0)
            _ofAll = default;
    }

    /// <summary>A member's headroom is now <paramref name="room"/>.</summary>
    public void Raise(int position, in Headroom room)
    {
        // What a block already covers, its span and the whole cover too.
        ref var block = ref _ofBlock[position >> 6];
        if (block.Covers(room))
            return;
        block = block.Or(room);
        ref var span = ref _ofSpan[position >> 12];
        span = span.Or(room);
        _ofAll = _ofAll.Or(room);
    }

    public void Clear()
    {
        Array.Clear(_nodes);
        Array.Clear(_blocks);
        Array.Clear(_ofBlock);
        Array.Clear(_ofSpan);
        _spans = 0;
        _ofAll = default;
    }

    /// <summary>The lowest position that covers the need, <see cref="None"/>, or <see cref="OutOfPatience"/>.</summary>
    /// <param name="columns">Exact headroom by position.</param>
    /// <param name="patience">Spans and blocks that may still be looked through in vain; counted down.</param>
    public int FirstFit(in HeadroomColumns columns, in Headroom need, ref int patience)
    {
        if (!_ofAll.Covers(need))
            return None;
        for (var spans = _spans; spans != 0; spans &= spans - 1)
        {
            var span = BitOperations.TrailingZeroCount(spans);
            if (!_ofSpan[span].Covers(need))
                continue;
            var found = FirstFitInSpan(span, columns, need, ref patience);
            if (found != None)
                return found;
        }
        TightenAll();
        return None;
    }

    private int FirstFitInSpan(int span, in HeadroomColumns columns, in Headroom need, ref int patience)
    {
        for (var blocks = _blocks[span]; blocks != 0; blocks &= blocks - 1)
        {
            var block = (span << 6) + BitOperations.TrailingZeroCount(blocks);
            if (!_ofBlock[block].Covers(need))
                continue;
            var found = FirstFitInBlock(block, columns, need);
            if (found != None)
                return found;
            if (--patience < 0)
                return OutOfPatience;
        }
        TightenSpan(span);
        return --patience < 0 ? OutOfPatience : None;
    }

    private int FirstFitInBlock(int block, in HeadroomColumns columns, in Headroom need)
    {
        Headroom most = default;
        for (var nodes = _nodes[block]; nodes != 0; nodes &= nodes - 1)
        {
            var position = (block << 6) + BitOperations.TrailingZeroCount(nodes);
            var room = columns[position];
            if (room.Covers(need))
                return position;
            most = most.Or(room);
        }
        _ofBlock[block] = most;
        return None;
    }

    private void TightenSpan(int span)
    {
        Headroom most = default;
        for (var blocks = _blocks[span]; blocks != 0; blocks &= blocks - 1)
            most = most.Or(_ofBlock[(span << 6) + BitOperations.TrailingZeroCount(blocks)]);
        _ofSpan[span] = most;
    }

    private void TightenAll()
    {
        Headroom most = default;
        for (var spans = _spans; spans != 0; spans &= spans - 1)
            most = most.Or(_ofSpan[BitOperations.TrailingZeroCount(spans)]);
        _ofAll = most;
    }

    private void Grow(int blocks)
    {
        var capacity = (int)BitOperations.RoundUpToPowerOf2((uint)blocks);
        var spans = (capacity + 63) >> 6;
        Array.Resize(ref _nodes, capacity);
        Array.Resize(ref _ofBlock, capacity);
        Array.Resize(ref _blocks, spans);
        Array.Resize(ref _ofSpan, spans);
    }
}
