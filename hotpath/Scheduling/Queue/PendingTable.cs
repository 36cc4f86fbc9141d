using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Snapshots;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling.Queue;

/// <summary>
/// The queue: jobs by slot, chained into classes of equals (<see cref="JobClass"/>), so that a cycle judges each class once however
/// many jobs it has.
/// </summary>
internal sealed partial class PendingTable : IPagedTable<PendingPage>
{
    /// <summary>Jobs of a snapshot page.</summary>
    public const int PageSize = 64;

    /// <summary>Jobs that may wait; more are turned away.</summary>
    public const int MaxJobs = 1 << 20;

    private readonly WorkloadMap _workloads = new();
    private readonly WorkloadMap _gangs = new();
    private readonly SlotSet _slots = new();
    private PendingJob?[] _jobs = new PendingJob?[PageSize];
    private Links[] _links = new Links[PageSize];

    public int Count => _workloads.Count + _gangs.Count;

    public bool IsFull => Count >= MaxJobs;

    /// <summary>Sequence number of the next job.</summary>
    public long NextSequence { get; private set; } = 1;

    /// <summary>On which nodes jobs may be.</summary>
    public SelectionTable Selections { get; } = new();

    public DirtyPages Dirty { get; } = new(PageSize);

    /// <summary>One more than the highest slot ever used.</summary>
    public int End => _slots.End;

    /// <summary>The job in a used slot.</summary>
    public PendingJob this[int slot] => _jobs[slot]!;

    public bool IsUsed(int slot) => _jobs[slot] != null;

    public bool TryFindWorkload(ulong id, out int slot) => _workloads.TryFind(id, out slot);

    public bool TryFindGang(ulong id, out int slot) => _gangs.TryFind(id, out slot);

    public int Add(PendingJob job, SchedulingPolicy policy)
    {
        var slot = _slots.Take();
        Put(slot, job);
        NextSequence = Math.Max(NextSequence, job.Sequence + 1);
        Enlist(slot, policy);
        return slot;
    }

    public void Remove(int slot)
    {
        Delist(slot);
        var job = _jobs[slot]!;
        MapOf(job).Remove(job.Id);
        Selections.Leave(job);
        _jobs[slot] = null;
        _slots.Free(slot);
        Dirty.Mark(slot);
    }

    /// <summary>Gives a restored job the slot that it had; <see cref="Relink"/> follows when all are there.</summary>
    public void AddAt(int slot, PendingJob job)
    {
        _slots.TakeAt(slot);
        Put(slot, job);
        NextSequence = Math.Max(NextSequence, job.Sequence + 1);
    }

    /// <summary>Restores the number of the next job, which those that are gone have used up.</summary>
    public void RestoreSequence(long next) => NextSequence = Math.Max(NextSequence, next);

    /// <summary>Sorts the jobs into their classes once all are restored.</summary>
    public void Relink(SchedulingPolicy policy)
    {
        var slots = Enumerable.Range(0, End).Where(IsUsed).OrderBy(slot => _jobs[slot]!.Sequence).ToArray();
        foreach (var slot in slots)
            Enlist(slot, policy);
    }

    /// <summary>A copy of the page, or null when it holds no job.</summary>
    public PendingPage? CopyPage(int page)
    {
        var jobs = _jobs.AsSpan(page * PageSize, PageSize).ToArray();
        foreach (var job in jobs)
        {
            if (job != null)
                return new PendingPage(page, jobs);
        }
        return null;
    }

    private void Put(int slot, PendingJob job)
    {
        if (slot >= _jobs.Length)
        {
            var capacity = Math.Max(_jobs.Length * 2, (slot / PageSize + 1) * PageSize);
            Array.Resize(ref _jobs, capacity);
            Array.Resize(ref _links, capacity);
        }
        _jobs[slot] = job;
        MapOf(job).Add(job.Id, slot);
        Selections.Join(job);
        Dirty.Mark(slot);
    }

    private WorkloadMap MapOf(PendingJob job) => job.Gang is null ? _workloads : _gangs;

    private struct Links
    {
        public int Class;
        public int Next;
        public int Previous;
    }
}
