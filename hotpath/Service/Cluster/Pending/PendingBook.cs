using Pipeline.Contracts.Cluster;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Hotpath.Cluster.Pending;

/// <summary>
/// What the cluster lists as pending, and how far each workload is. It decides nothing: it says what the engine must be asked so that
/// its queue holds just these, and which places the cluster must be told. Everything in it follows from a listing and can be asked for
/// again, so nothing is lost when it forgets. Several threads may call.
/// </summary>
/// <param name="refused">Told once when the engine does not take a workload, with its reason.</param>
internal sealed partial class PendingBook(Action<ClusterWorkload, string> refused)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, LinkedListNode<PendingWorkload>> _pending = [];
    private readonly LinkedList<PendingWorkload> _order = new();
    private readonly List<Command> _leaving = [];
    private readonly Dictionary<ulong, ClusterWorkload> _boundMeanwhile = [];
    private readonly List<Nominee> _nominees = [];

    private readonly List<ulong> _unplaced = [];

    // Those that were given a place since the cluster was last told; some may have lost it again.
    private readonly List<PendingWorkload> _placed = [];

    /// <summary>Workloads that are not bound.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _pending.Count;
        }
    }

    /// <summary>The same, by <see cref="Stage"/>.</summary>
    public int[] CountByStage()
    {
        var counts = new int[(int)Stage.Foreign + 1];
        lock (_lock)
        {
            foreach (var entry in _order)
                counts[(int)entry.Stage]++;
        }

        return counts;
    }

    public bool Has(ulong workload)
    {
        lock (_lock)
            return _pending.ContainsKey(workload);
    }

    /// <summary>
    /// Its place is nobody else's though the cluster lists it as pending: its node is being made ready for it, the cluster was told and may yet
    /// act, or has acted since it was listed.
    /// </summary>
    public bool IsHeld(ulong workload)
    {
        lock (_lock)
            return Find(workload) is { IsKept: true } || _boundMeanwhile.ContainsKey(workload);
    }

    /// <summary>The cluster lists it as pending, perhaps with another description than before.</summary>
    public void Add(ClusterWorkload workload)
    {
        lock (_lock)
        {
            if (!_pending.TryGetValue(workload.Id, out var known))
                AddPending(workload);
            else if (known.Value.Workload != workload)
                Change(known, workload);
        }
    }

    /// <summary>The cluster has it no more. Its release is the caller's.</summary>
    public void Remove(ulong workload)
    {
        lock (_lock)
        {
            Drop(workload);
            _turnedAway.Remove(workload);
            QuitGang(workload);
            _boundMeanwhile.Remove(workload);
        }
    }

    /// <summary>Begins anew from a listing. What waits in the engine's queue for the cluster and is not in the listing leaves it.</summary>
    /// <param name="snapshot">The model after it was told what is bound.</param>
    public void Replace(IReadOnlyList<ClusterWorkload> listed, ClusterSnapshot snapshot)
    {
        lock (_lock)
        {
            _unplaced.AddRange(_order.Where(entry => entry.Stage == Stage.Nominated).Select(entry => entry.Workload.Id));
            var told = _order.Where(entry => entry.Told).Select(entry => entry.Workload.Id).ToHashSet();
            _turn = 0;
            _pending.Clear();
            _order.Clear();
            _gangs.Clear();
            _gangOf.Clear();
            _changed.Clear();
            _leaving.Clear();
            _nominees.Clear();
            _placed.Clear();
            _misplaced.Clear();
            _told.Clear();
            foreach (var workload in listed)
            {
                if (workload.Node.Length == 0)
                    AddPending(workload);
                else
                    JoinGang(workload);
            }

            KeepHeld(snapshot, told);
            DismissStrangers(snapshot);
        }
    }

    /// <summary>The engine has found a place for a workload that waited.</summary>
    /// <returns>False when it does not wait here.</returns>
    public bool Placed(ulong workload, string node, uint gpus)
    {
        lock (_lock)
        {
            if (GangOf(workload) is { } gang)
                gang.Queued = false;
            return Find(workload) is { Stage: < Stage.Placed } entry && (MayBeOn(entry.Workload, node) ? Place(entry, node, gpus) : Misplace(entry));
        }
    }

    /// <summary>The engine has found a place for a workload that waited; others have yet to leave it.</summary>
    public void Nominated(ulong workload, string node)
    {
        lock (_lock)
        {
            if (GangOf(workload) is { } gang)
                gang.Queued = false;
            if (Find(workload) is not { Stage: < Stage.Nominated } entry)
                return;
            if (MayBeOn(entry.Workload, node))
                Nominate(entry, node, gpus: 0);
            else
                Misplace(entry);
        }
    }

    /// <summary>Workloads that were nominated since the last call.</summary>
    public IReadOnlyList<Nominee> TakeNominees()
    {
        lock (_lock)
            return TakeAll(_nominees);
    }

    /// <summary>Workloads that lost the place since the last call which the cluster was told of, or may have been.</summary>
    public IReadOnlyList<ulong> TakeUnplaced()
    {
        lock (_lock)
            return TakeAll(_unplaced);
    }

    /// <summary>The engine has taken the place back before the cluster was told.</summary>
    /// <returns>True when it must be asked again.</returns>
    public bool Expired(ulong workload)
    {
        lock (_lock)
            return Find(workload) is { Stage: Stage.Waiting or Stage.Nominated or Stage.Placed } entry && Become(entry, Stage.Ask);
    }

    /// <summary>Places to tell the cluster, and those that it may know already. They are <see cref="Stage.Binding"/> until it has answered.</summary>
    public IReadOnlyList<Placement> TakePlaced()
    {
        lock (_lock)
        {
            var placements = new List<Placement>(_placed.Count);
            foreach (var entry in _placed)
            {
                if (entry.Stage is not (Stage.Placed or Stage.Unsure) || Find(entry.Workload.Id) != entry)
                    continue;
                placements.Add(new Placement(entry.Workload, entry.Place!, entry.Stage == Stage.Unsure, entry.Told, entry.Held));
                Become(entry, Stage.Binding);
            }

            _placed.Clear();
            return placements;
        }
    }

    /// <summary>The cluster has it where the engine said.</summary>
    public void Bound(WorkloadBinding place)
    {
        lock (_lock)
        {
            if (Find(place.Workload) is { } entry)
                BoundAs(entry.Workload with { Node = place.Node, GpuMask = place.GpuMask });
        }
    }

    /// <summary>The cluster has it where somebody bound it, who may be another scheduler.</summary>
    public void Bound(ClusterWorkload workload)
    {
        lock (_lock)
        {
            if (_pending.ContainsKey(workload.Id))
                _boundMeanwhile[workload.Id] = workload;
            BoundAs(workload);
        }
    }

    /// <summary>Where the cluster has it since this pass began; null: it has said nothing of the kind. Whoever gives its place back must look.</summary>
    public ClusterWorkload? BoundMeanwhile(ulong workload)
    {
        lock (_lock)
            return _boundMeanwhile.GetValueOrDefault(workload);
    }

    /// <summary>No question and no bind is under way.</summary>
    public void EndPass()
    {
        lock (_lock)
            _boundMeanwhile.Clear();
    }

    /// <summary>The cluster has not taken it; the engine must be asked again.</summary>
    public void NotBound(ulong workload)
    {
        lock (_lock)
        {
            if (Find(workload) is { } entry)
                Become(entry, Stage.Ask);
        }
    }

    /// <summary>The cluster is about to hear of its place.</summary>
    public void Telling(ulong workload)
    {
        lock (_lock)
        {
            if (Find(workload) is { Stage: Stage.Binding } entry)
                entry.Told = true;
        }
    }

    /// <summary>Something went wrong before it was bound, or before anybody could say so.</summary>
    public void Unsure(ulong workload)
    {
        lock (_lock)
        {
            // Without a place there is nothing that the cluster could have done: it is asked about anew, with another description.
            if (Find(workload) is { Place: not null } entry)
                Become(entry, Stage.Unsure);
        }
    }

    /// <summary>The engine keeps its place until its node is ready for it.</summary>
    /// <returns>True when it may be ready by now.</returns>
    public bool Preparing(ulong workload)
    {
        lock (_lock)
        {
            if (Find(workload) is not { Stage: Stage.Binding } entry)
                return false;
            entry.Held = true;
            return Become(entry, entry.MayBeReady ? Stage.Placed : Stage.Preparing) && entry.Stage == Stage.Placed;
        }
    }

    /// <summary>Its node may be ready for it.</summary>
    /// <returns>False when nobody waits for that, or not yet.</returns>
    public bool Prepared(ulong workload)
    {
        lock (_lock)
        {
            if (Find(workload) is { Stage: Stage.Binding } asking)
                asking.MayBeReady = true;
            return Find(workload) is { Stage: Stage.Preparing } entry && Become(entry, Stage.Placed);
        }
    }

    private static T[] TakeAll<T>(List<T> list)
    {
        T[] all = [.. list];
        list.Clear();
        return all;
    }

    // What the model counts as bound and the cluster lists as pending was left there because its node is being made ready, or a bind may yet land.
    // One that the cluster was told of it may bind though it has said that it is pending, and though it refuses it now.
    private void KeepHeld(ClusterSnapshot snapshot, HashSet<ulong> told)
    {
        foreach (var placed in snapshot.Workloads().Where(placed => !placed.Assumed))
        {
            if (Find(placed.Id) is not { Stage: Stage.Ask or Stage.Foreign } entry || !snapshot.TryGetNode(placed.Node, out var node))
                continue;
            Place(entry, node.Name, placed.GpuMask);
            if (entry.Workload.Foreign || told.Contains(placed.Id))
                (entry.Told, entry.Stage) = (true, Stage.Unsure);
            else
                entry.Held = true;
        }
    }

    private void AddPending(ClusterWorkload workload)
    {
        if (_pending.ContainsKey(workload.Id))
            return;
        _pending.Add(workload.Id, _order.AddLast(new PendingWorkload(workload)));
        EnterGang(workload);
    }

    // Its place, which the cluster may be about to take, is kept: a description changes nothing about the GPUs. The queue would keep the old one,
    // and keeps its turn when only its nodes are others.
    private void Change(LinkedListNode<PendingWorkload> known, ClusterWorkload workload)
    {
        var before = known.Value.Workload;
        var isPlaced = known.Value.Stage >= Stage.Placed && before.Foreign == workload.Foreign;
        if (GangOf(workload.Id) is { } gang)
            gang.Pending--;
        else if (!isPlaced && before with { Nodes = workload.Nodes } != workload)
            _misplaced.Add(workload.Id);
        QuitGang(workload.Id);
        if (isPlaced)
        {
            known.Value.Workload = workload;
        }
        else
        {
            Unplace(known.Value);
            known.Value = new PendingWorkload(workload);
        }

        EnterGang(workload);
    }

    private void BoundAs(ClusterWorkload workload)
    {
        Drop(workload.Id);
        JoinGang(workload);
    }

    private PendingWorkload? Find(ulong workload) => _pending.TryGetValue(workload, out var node) ? node.Value : null;

    private void Drop(ulong workload)
    {
        if (!_pending.Remove(workload, out var node))
            return;
        _order.Remove(node);
        if (GangOf(workload) is { } gang)
            gang.Pending--;
    }

    private void Nominate(PendingWorkload entry, string node, uint gpus)
    {
        if (entry.Place?.Node != node)
            _nominees.Add(new Nominee(entry.Workload, node));
        entry.Place = new WorkloadBinding(entry.Workload.Id, node, gpus);
        Become(entry, Stage.Nominated);
    }

    private bool Place(PendingWorkload entry, string node, uint gpus)
    {
        entry.Place = new WorkloadBinding(entry.Workload.Id, node, gpus);
        return Become(entry, Stage.Placed);
    }

    private void Unplace(PendingWorkload entry)
    {
        if (entry.Place is null)
            return;
        entry.Place = null;
        _unplaced.Add(entry.Workload.Id);
        GiveTurnBack(entry.Workload.Id);
    }

    private bool Become(PendingWorkload entry, Stage stage)
    {
        entry.Stage = stage == Stage.Ask && entry.Workload.Foreign ? Stage.Foreign : stage;
        if (stage is Stage.Placed or Stage.Unsure)
            _placed.Add(entry);
        if (entry.Stage < Stage.Nominated)
            Unplace(entry);
        entry.Held &= stage >= Stage.Placed;
        entry.Told &= stage >= Stage.Placed;
        entry.MayBeReady = false;
        if (stage is not (Stage.Refused or Stage.Ask))
            entry.Refusal = "";
        return true;
    }
}
