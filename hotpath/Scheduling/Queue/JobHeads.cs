namespace Pipeline.Scheduling.Queue;

/// <summary>The job of a class that is next, or one that is judged by itself.</summary>
/// <param name="Job">Its slot; of a job that is judged by itself, the complement of that.</param>
internal readonly record struct JobHead(long Priority, long Sequence, int Job)
{
    public bool GoesBefore(in JobHead other) => Priority != other.Priority ? Priority > other.Priority : Sequence < other.Sequence;
}

/// <summary>A binary heap of the jobs that are next in their classes. Kept between cycles, so that a cycle allocates only when there are more classes than ever before.</summary>
internal sealed class JobHeads
{
    private JobHead[] _heap = new JobHead[16];
    private int _count;

    public void Clear() => _count = 0;

    public void Push(in JobHead head)
    {
        if (_count == _heap.Length)
            Array.Resize(ref _heap, _heap.Length * 2);
        var at = _count++;
        for (; at > 0 && head.GoesBefore(_heap[(at - 1) / 2]); at = (at - 1) / 2)
            _heap[at] = _heap[(at - 1) / 2];
        _heap[at] = head;
    }

    public bool TryPop(out int job)
    {
        job = _count == 0 ? -1 : _heap[0].Job;
        if (_count == 0)
            return false;
        var last = _heap[--_count];
        var at = 0;
        for (var child = 1; child < _count; child = at * 2 + 1)
        {
            if (child + 1 < _count && _heap[child + 1].GoesBefore(_heap[child]))
                child++;
            if (!_heap[child].GoesBefore(last))
                break;
            _heap[at] = _heap[child];
            at = child;
        }
        _heap[at] = last;
        return true;
    }
}
