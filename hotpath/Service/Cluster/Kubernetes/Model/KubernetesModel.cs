using System.Collections.Frozen;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Kubernetes.Translation;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Watching;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Model;

/// <summary>
/// The server's objects in the terms of the port, kept true by the changes that watches tell. A change only marks its object; what it
/// comes to is found when somebody asks for the next event, by comparing with what was told last. So a heartbeat tells nothing, many
/// changes of one object tell one, a list read anew after a lost watch tells just what is different, and nothing grows while nobody asks.
/// Several threads may call.
/// </summary>
/// <param name="told">Told once of each problem that an operator can mend.</param>
internal sealed partial class KubernetesModel(KubernetesOptions options, Action<ModelProblem> told)
{
    private readonly Lock _gate = new();
    private readonly NodeCache _nodes = new(options.TolerableTaints.ToFrozenSet(StringComparer.Ordinal));
    private readonly PodCache _pods = new();
    private readonly BudgetCache _budgets = new();
    private readonly Dictionary<ObjectName, PodGroup> _groups = [];
    private readonly Dictionary<string, Reservation> _reservations = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HyperNode> _hyperNodes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyList<string>> _problems = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _changed = new(0, 1);

    /// <summary>See <see cref="BudgetCache.EmptySelectsAll"/>.</summary>
    public bool EmptySelectsAll
    {
        set
        {
            lock (_gate)
                _budgets.EmptySelectsAll = value;
        }
    }

    public Node? FindNode(string name)
    {
        lock (_gate)
            return _nodes.Find(name);
    }

    /// <summary>The mark on a version of a node that it knows.</summary>
    public NodeMarks MarksOf(Node node)
    {
        lock (_gate)
            return _nodes.MarksOf(node);
    }

    /// <summary>Lets whoever waits for an event look again.</summary>
    public void Wake()
    {
        lock (_gate)
            Signal();
    }

    /// <summary>The pod of a workload; null: there is none, or it has ended.</summary>
    public Pod? FindPod(ulong id)
    {
        lock (_gate)
            return _pods.Find(id)?.Pod is { } pod && PodStandings.Of(pod) != PodStanding.Finished ? pod : null;
    }

    /// <summary>Whether it has come to this version of the pod.</summary>
    public bool HasSeen(Pod pod)
    {
        lock (_gate)
            return _pods.Find(PodTranslation.IdOf(pod))?.Pod is { } known && !IsNewer(pod, known);
    }

    /// <summary>What a drain has to do with: all that is bound there but what comes back at once or is part of the node.</summary>
    public IReadOnlyList<ClusterWorkload> WorkloadsOn(string node)
    {
        lock (_gate)
        {
            return
            [
                .. _pods.On(node).Select(id => _pods.Find(id)!)
                    .Where(entry => PodStandings.Of(entry.Pod) == PodStanding.Bound && !BelongsToNode(entry.Pod) && !IsOurAction(entry.Pod))
                    .Select(entry => Translate(entry)),
            ];
        }
    }

    /// <summary>Pods that an unanswered bind may have put on the node; null: on any.</summary>
    public IReadOnlyList<Pod> Unsure(string? node)
    {
        lock (_gate)
            return [.. _pods.All.Where(entry => entry.Unsure is { } there && (node is null || there == node)).Select(entry => entry.Pod)];
    }

    /// <summary>The bind of a pod to the node was not answered.</summary>
    public void BindUnanswered(ulong id, string node)
    {
        lock (_gate)
        {
            if (_pods.Find(id) is { Node.Length: 0 } entry)
                entry.Unsure = node;
        }
    }

    /// <summary>The server has bound the pod; the watch will show it later.</summary>
    public void Bound(ulong id, string node, IReadOnlyDictionary<string, string> annotations)
    {
        lock (_gate)
        {
            if (_pods.Find(id) is not { } entry)
                return;
            _pods.Change(entry, known => known.BoundTo(node, annotations));
            Note(entry);
            _dirtyPods.Add(id);
            Signal();
        }
    }

    /// <summary>Where the server says that the pod is; null: it is gone.</summary>
    public void Settled(ulong id, Pod? pod)
    {
        lock (_gate)
        {
            if (_pods.Find(id) is not { } entry)
                return;
            (entry.Unsure, entry.Claim) = (null, "");
            if (pod is null)
            {
                _pods.Remove(entry);
                Forget(id);
            }
            else
            {
                // The watch may have come further while the answer was on its way. Where the pod is holds in any case, also of a restored server.
                if (!IsNewer(entry.Pod, pod) || entry.Pod.Spec.NodeName != pod.Spec.NodeName)
                    _pods.Change(entry, known => known.Put(pod));
                Note(entry);
            }

            _dirtyPods.Add(id);
            Signal();
        }
    }

    public void Apply(Change<Node> change)
    {
        lock (_gate)
        {
            Apply(change, _nodes.Nodes.Values, static node => node.Metadata.Name, node => PutNode(node, change is Change<Node>.Replaced), RemoveNode);
            Signal();
        }
    }

    public void Apply(Change<Pod> change)
    {
        lock (_gate)
        {
            Apply(change, _pods.All.Select(entry => entry.Pod), static pod => pod.Metadata.Uid, PutPod, RemovePod);
            Signal();
        }
    }

    public void Apply(Change<PodDisruptionBudget> change)
    {
        lock (_gate)
        {
            Apply(change, _allBudgets.Values, static budget => budget.Metadata.Uid, PutBudget, RemoveBudget);
            Signal();
        }
    }

    public void Apply(Change<PodGroup> change)
    {
        lock (_gate)
        {
            Apply(change, _groups.Values, static group => group.Metadata.Uid, PutGroup, group =>
            {
                _groups.Remove(group.FullName);
                TouchMembers(group.FullName);
            });
            Signal();
        }
    }

    public void Apply(Change<Reservation> change)
    {
        lock (_gate)
        {
            Apply(change, _reservations.Values, static reservation => reservation.Metadata.Uid, PutReservation, reservation =>
            {
                _reservations.Remove(reservation.Metadata.Name);
                TouchUsers(reservation.Metadata.Name);
            });
            Signal();
        }
    }

    public void Apply(Change<HyperNode> change)
    {
        lock (_gate)
        {
            var before = _groups.Values.Select(group => (Group: group, Resolve(group)?.Spec.NetworkTopology)).ToList();
            Apply(change, _hyperNodes.Values, static hyper => hyper.Metadata.Name, hyper => _hyperNodes[hyper.Metadata.Name] = hyper, hyper => _hyperNodes.Remove(hyper.Metadata.Name));
            _domainsDirty = true;
            foreach (var (group, _) in before.Where(known => Resolve(known.Group)?.Spec.NetworkTopology != known.NetworkTopology))
                TouchMembers(group.FullName);
            Signal();
        }
    }

    /// <summary>A node as an answer of the server shows it, ahead of the watch; an older one changes nothing.</summary>
    public void Seen(Node node)
    {
        lock (_gate)
        {
            if (_nodes.Find(node.Metadata.Name) is null)
                return;
            PutNode(node, listed: false);
            Signal();
        }
    }

    private static void Apply<T>(Change<T> change, IEnumerable<T> all, Func<T, string> key, Action<T> put, Action<T> remove)
        where T : KubernetesObject
    {
        switch (change)
        {
            case Change<T>.Put { Item: var item }:
                put(item);
                break;
            case Change<T>.Deleted { Item: var item }:
                remove(item);
                break;
            case Change<T>.Replaced { Items: var items }:
                var left = items.Select(key).ToHashSet(StringComparer.Ordinal);
                foreach (var gone in all.Where(known => !left.Contains(key(known))).ToList())
                    remove(gone);
                foreach (var item in items)
                    put(item);
                break;
        }
    }

    // Versions are opaque to clients but for this comparison, on which the server's own clients rely as well; where it fails, the watch tells.
    private static bool IsNewer(string? one, string? known) => long.TryParse(one, out var version) && long.TryParse(known, out var before) && version > before;

    private static bool IsNewer(KubernetesObject one, KubernetesObject known) => IsNewer(one.Metadata.ResourceVersion, known.Metadata.ResourceVersion);

    /// <param name="listed">What a list says holds in any case: a server that was restored from a backup counts from lower versions.</param>
    private void PutNode(Node node, bool listed)
    {
        var known = _nodes.Find(node.Metadata.Name);
        if (!listed && known is not null && IsNewer(known, node))
            return;
        // A list does not say that there was none in between.
        if (known is not null && known.Metadata.Uid != node.Metadata.Uid)
            RemoveNode(known);
        var version = _nodes.Version;
        if (_nodes.Put(node) is { } between && _toldNodes.TryGetValue(node.Metadata.Name, out var told))
            _toldNodes[node.Metadata.Name] = told with { Mark = between };
        _domainsDirty |= version != _nodes.Version && _hyperNodes.Count > 0;
        _dirtyNodes.Add(node.Metadata.Name);
        TouchRegrouped();
    }

    private void RemoveNode(Node node)
    {
        // An answer of the server has shown another of its name already.
        if (_nodes.Find(node.Metadata.Name) is { } known && known.Metadata.Uid != node.Metadata.Uid)
            return;
        _nodes.Remove(node.Metadata.Name);
        _goneNodes.Add(node.Metadata.Name);
        _domainsDirty |= _hyperNodes.Count > 0;
        _dirtyNodes.Add(node.Metadata.Name);
        TouchRegrouped();
    }

    private void PutPod(Pod pod)
    {
        var id = _pods.Put(pod, out var replaced);
        _dirtyPods.Add(id);
        Note(_pods.Find(id)!);
        if (replaced == 0)
            return;
        Forget(replaced);
        _dirtyPods.Add(replaced);
    }

    private void RemovePod(Pod pod)
    {
        var id = _pods.Remove(pod);
        Forget(id);
        _dirtyPods.Add(id);
    }

    private void Note(PodEntry entry)
    {
        NoteUser(entry);
        Mates.Put(entry);
        NotePlace(entry);
    }

    private void Forget(ulong pod)
    {
        Users.Remove(pod);
        Mates.Remove(pod);
        Displace(pod);
    }

    private void PutBudget(PodDisruptionBudget budget)
    {
        _allBudgets[budget.FullName] = budget;
        if (_budgets.Put(budget))
            TouchNamespace(budget.Metadata.Namespace);
        _dirtyBudgets.Add(budget.FullName.ToString());
    }

    private void RemoveBudget(PodDisruptionBudget budget)
    {
        _allBudgets.Remove(budget.FullName);
        foreach (var gone in _budgets.Remove(budget))
            _dirtyBudgets.Add(gone);
        TouchNamespace(budget.Metadata.Namespace);
    }

    private void PutGroup(PodGroup group)
    {
        var same = _groups.TryGetValue(group.FullName, out var known) && known.Spec.MinMember == group.Spec.MinMember && known.Spec.NetworkTopology == group.Spec.NetworkTopology;
        _groups[group.FullName] = group;
        // Its status changes whenever a member does.
        if (!same)
            TouchMembers(group.FullName);
    }

    private void PutReservation(Reservation reservation)
    {
        var same = _reservations.TryGetValue(reservation.Metadata.Name, out var known) && known.Metadata.Uid == reservation.Metadata.Uid;
        _reservations[reservation.Metadata.Name] = reservation;
        // Its status changes without them.
        if (!same)
            TouchUsers(reservation.Metadata.Name);
    }

    private void TouchRegrouped()
    {
        foreach (var product in _nodes.TakeRegrouped())
            Touch(pod => pod.Spec.NodeSelector.GetValueOrDefault(PipelineNames.Product) == product);
    }

    private void TouchUsers(string reservation) => Touch(pod => pod.Metadata.Labels.GetValueOrDefault(PipelineNames.Reservation) == reservation);

    private void TouchNamespace(string? space) => Touch(pod => pod.Metadata.Namespace == space);

    private void TouchMembers(ObjectName group) => Touch(pod => pod.Metadata.Namespace == group.Namespace && PodTranslation.PodGroupOf(pod) == group.Name);

    private void Touch(Predicate<Pod> which)
    {
        foreach (var entry in _pods.All.Where(entry => which(entry.Pod)))
            _dirtyPods.Add(entry.Id);
    }

    private void Signal()
    {
        if (_changed.CurrentCount == 0)
            _changed.Release();
    }
}

/// <summary>Something that an operator can mend.</summary>
/// <param name="Kind">Node, Pod or HyperNode.</param>
/// <param name="Pod">The pod that it is about; null when it is about no pod.</param>
internal sealed record ModelProblem(string Kind, string Name, string Text, Pod? Pod);
