using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Kubernetes.Actions;
using Pipeline.Hotpath.Cluster.Kubernetes.InterPod;
using Pipeline.Hotpath.Cluster.Kubernetes.Objects;
using Pipeline.Hotpath.Cluster.Kubernetes.Translation;
using Pipeline.Kubernetes.Models;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Model;

/// <content>What is told, and what was told last.</content>
internal sealed partial class KubernetesModel
{
    // The kubelet's and the control plane's own (scheduling.k8s.io, SystemCriticalPriority).
    private const int SystemCritical = 2_000_000_000;

    // Pods come and go, each perhaps with a selector of its own.
    private const int MostFilters = 4_096;

    private readonly Dictionary<ulong, PodNodes> _filters = [];
    private readonly DirtyQueue<string> _dirtyNodes = new();
    private readonly HashSet<string> _goneNodes = new(StringComparer.Ordinal);
    private readonly DirtyQueue<ulong> _dirtyPods = new();
    private readonly DirtyQueue<string> _dirtyBudgets = new();
    private readonly Dictionary<ObjectName, PodDisruptionBudget> _allBudgets = [];
    private readonly Dictionary<string, ClusterNode> _toldNodes = new(StringComparer.Ordinal);
    private readonly Dictionary<ulong, ClusterWorkload> _toldPods = [];
    private readonly HashSet<ulong> _toldInVain = [];
    private readonly Dictionary<string, ClusterBudget> _toldBudgets = new(StringComparer.Ordinal);

    // Pods that were told, by the full name of their budget.
    private readonly Dictionary<string, int> _toldUnder = new(StringComparer.Ordinal);
    private IReadOnlyList<ClusterDomain> _toldDomains = [];
    private bool _domainsDirty;

    /// <summary>All there is. What changes from here on is an event.</summary>
    public ClusterListing List()
    {
        lock (_gate)
        {
            _dirtyNodes.Clear();
            // A listing does not say that there was another of the name before: that is told after it.
            _goneNodes.RemoveWhere(name => _nodes.Find(name) is null || !_toldNodes.ContainsKey(name));
            foreach (var replaced in _goneNodes)
                _dirtyNodes.Add(replaced);
            var marked = _toldNodes.Values.Where(told => told.Mark.Length > 0 && !_goneNodes.Contains(told.Name)).ToDictionary(told => told.Name, StringComparer.Ordinal);
            _dirtyPods.Clear();
            _dirtyBudgets.Clear();
            _toldNodes.Clear();
            _toldPods.Clear();
            _toldInVain.Clear();
            _toldBudgets.Clear();
            var under = _toldUnder.Keys.ToList();
            _toldUnder.Clear();
            foreach (var node in _nodes.Nodes.Values)
                _toldNodes[node.Metadata.Name] = Translate(node);
            foreach (var entry in _pods.All.OrderBy(entry => entry.Pod.Metadata.CreationTimestamp).ThenBy(entry => entry.Pod.FullName.ToString(), StringComparer.Ordinal))
            {
                if (Current(entry) is { } workload)
                    SetTold(entry.Id, workload, known: null);
            }

            foreach (var budget in under.Where(budget => !_toldUnder.ContainsKey(budget)))
                _budgets.Leave(budget);
            foreach (var budget in _budgets.All)
                _toldBudgets[budget.Name] = budget;
            _toldDomains = FindDomains();
            var nodes = _toldNodes.Values.Select(node => marked.TryGetValue(node.Name, out var known) ? WithLifted(node, known) : node);
            return new ClusterListing([.. nodes], [.. _toldPods.Values]) { Domains = _toldDomains, Budgets = [.. _toldBudgets.Values] };
        }
    }

    /// <summary>The next change since the listing, or since the last one.</summary>
    public bool TryTake([NotNullWhen(true)] out ClusterEvent? change)
    {
        lock (_gate)
        {
            // Budgets before the pods that name them, nodes before the pods on them.
            while (true)
            {
                if (_dirtyBudgets.TryTake(out var budget))
                    change = TakeBudget(budget);
                else if (_dirtyNodes.TryTake(out var node))
                    change = TakeNode(node);
                else if (_dirtyPods.TryTake(out var pod))
                    change = TakePod(pod);
                else if (_domainsDirty)
                    change = TakeDomains();
                else
                    change = null;
                if (change is not null)
                    return true;
                if (_dirtyBudgets.Count + _dirtyNodes.Count + _dirtyPods.Count == 0 && !_domainsDirty)
                    return false;
            }
        }
    }

    /// <summary>Completes when there may be an event.</summary>
    public Task WaitAsync(CancellationToken cancellation) => _changed.WaitAsync(cancellation);

    private ClusterEvent? TakeBudget(string name)
    {
        if (_budgets.Find(name) is not { } budget)
            return _toldBudgets.Remove(name) ? new ClusterEvent.BudgetDeleted(name) : null;
        if (_toldBudgets.TryGetValue(name, out var known) && known == budget)
            return null;
        _toldBudgets[name] = budget;
        return new ClusterEvent.BudgetChanged(budget);
    }

    private ClusterEvent? TakeNode(string name)
    {
        var node = _nodes.Find(name);
        // Also when there is another of its name by now: what was known of the first, and done to it, does not hold for that one.
        if (_goneNodes.Remove(name) && _toldNodes.Remove(name))
        {
            if (node is not null)
                _dirtyNodes.Add(name);
            return new ClusterEvent.NodeDeleted(name);
        }

        if (node is null)
            return null;
        var now = Translate(node);
        if (_toldNodes.TryGetValue(name, out var known) && known == now)
            return null;
        _toldNodes[name] = now;
        if (known is null)
        {
            // Pods may have been told before their node was, or before it went and came back: then nobody knew where to put them.
            foreach (var id in _pods.On(name))
            {
                _toldInVain.Add(id);
                _dirtyPods.Add(id);
            }
        }

        return new ClusterEvent.NodeChanged(WithLifted(now, known));
    }

    // Who takes off the annotations as well as the taint leaves nothing that names the run; one that has let the node go itself has ended.
    private static ClusterNode WithLifted(ClusterNode now, ClusterNode? known)
        => known is { Mark.Length: > 0 } && now.Mark.Length == 0 ? now with { Lifted = known.Mark } : now;

    private ClusterEvent? TakePod(ulong id)
    {
        var now = _pods.Find(id) is { } entry ? Current(entry) : null;
        var known = _toldPods.GetValueOrDefault(id);
        if (!_toldInVain.Remove(id) && now == known)
            return TakePreparation(id);
        if (now is null && known is null)
            return null;
        if (now is null)
        {
            SetTold(id, now, known);
            _problems.Remove($"Pod/{known!.Name}");
            return new ClusterEvent.WorkloadDeleted(id);
        }

        if (BudgetOf(now) is { Length: > 0 } budget && !_toldBudgets.ContainsKey(budget) && TakeBudget(budget) is { } first)
        {
            _dirtyPods.Add(id);
            return first;
        }

        SetTold(id, now, known);
        return now.Node.Length > 0 ? new ClusterEvent.WorkloadBound(now) : new ClusterEvent.WorkloadPending(now);
    }

    private void SetTold(ulong id, ClusterWorkload? now, ClusterWorkload? known)
    {
        if (now is null)
            _toldPods.Remove(id);
        else
            _toldPods[id] = now;
        var (to, from) = (BudgetOf(now), BudgetOf(known));
        if (to == from)
            return;
        if (to.Length > 0)
            CollectionsMarshal.GetValueRefOrAddDefault(_toldUnder, to, out _)++;
        if (from.Length > 0 && --CollectionsMarshal.GetValueRefOrAddDefault(_toldUnder, from, out _) == 0 && _toldUnder.Remove(from) && _budgets.Leave(from))
            _dirtyBudgets.Add(from);
    }

    private static string BudgetOf(ClusterWorkload? workload) => workload is { Labels.Budget: { Length: > 0 } budget } ? $"{workload.Namespace}/{budget}" : "";

    private ClusterEvent.WorkloadPrepared? TakePreparation(ulong id)
    {
        if (_pods.Find(id)?.Preparation is not { IsOutdated: true } preparation)
            return null;
        preparation.IsOutdated = false;
        return new ClusterEvent.WorkloadPrepared(id);
    }

    private ClusterEvent? TakeDomains()
    {
        var now = FindDomains();
        if (now.Count == _toldDomains.Count && now.Zip(_toldDomains).All(pair => Same(pair.First, pair.Second)))
            return null;
        _toldDomains = now;
        return new ClusterEvent.DomainsChanged(now);

        static bool Same(ClusterDomain one, ClusterDomain other)
            => (one.Name, one.Tier) == (other.Name, other.Tier) && one.Nodes.SequenceEqual(other.Nodes) && one.Domains.SequenceEqual(other.Domains);
    }

    private IReadOnlyList<ClusterDomain> FindDomains()
    {
        _domainsDirty = false;
        var (domains, problems) = HyperNodes.ToDomains(_hyperNodes.Values, _nodes.Nodes);
        Tell("HyperNode", "", problems, null);
        return domains;
    }

    private ClusterNode Translate(Node node)
    {
        var translated = _nodes.Translate(node);
        Tell("Node", node.Metadata.Name, translated.Problems, null);
        return translated.Node;
    }

    /// <summary>What the port says of the pod now; null: nothing.</summary>
    private ClusterWorkload? Current(PodEntry entry) => PodStandings.Of(entry.Pod) switch
    {
        PodStanding.Bound => AsTold(Translate(entry)),
        PodStanding.Pending => WithConstraints(Translate(entry) with { Foreign = entry.Pod.Spec.SchedulerName != options.SchedulerName }, entry),
        _ => null,
    };

    // That it terminates changes nothing in the model: it holds its place until it is gone.
    private static ClusterWorkload AsTold(ClusterWorkload workload) => workload with { Terminating = false };

    private ClusterWorkload Translate(PodEntry entry)
    {
        var pod = entry.Pod;
        var group = PodTranslation.PodGroupOf(pod) is { Length: > 0 } name ? Resolve(_groups.GetValueOrDefault(new ObjectName(pod.Metadata.Namespace, name))) : null;
        var translated = TranslatedPod.Of(pod, group, _budgets.NameFor(pod, BelongsToNode(pod) || !IsOurs(pod)), IsProductGroup(pod));
        if (!pod.Metadata.Labels.TryGetValue(PipelineNames.Reservation, out var named))
        {
            Tell("Pod", translated.Workload.Name, translated.Problems, pod);
            return translated.Workload;
        }

        var reservation = _reservations.GetValueOrDefault(named);
        var missing = reservation is null ? [$"{PipelineNames.Reservation}: there is no Reservation '{named}'"] : Array.Empty<string>();
        Tell("Pod", translated.Workload.Name, [.. translated.Problems, .. missing], pod);
        return translated.Workload with
        {
            Labels = translated.Workload.Labels with { Reservation = reservation is null ? 0 : DeclaredReservations.IdOf(reservation) },
        };
    }

    // Whether the nodes of another scheduler's pod can be understood, and all that others have to say of them, is that scheduler's business.
    private ClusterWorkload WithConstraints(ClusterWorkload workload, PodEntry entry)
    {
        var (pod, volumes) = (entry.Pod, entry.Preparation?.Volumes ?? VolumesOf(entry));
        // How many have to start together is not known, and to start with those that are there would start half of it.
        if (workload.Labels.Gang is { Min: 0 } && PodTranslation.PodGroupOf(pod) is { Length: > 0 } group && !_groups.ContainsKey(new ObjectName(pod.Metadata.Namespace, group)))
            return workload with { Refusal = $"there is no PodGroup '{group}', nor {PipelineNames.GangMin} on the pod" };
        // Bound without them, it would never start and keep its GPUs.
        if (pod.Spec.ResourceClaims.Count > 0 && !workload.Foreign)
            return workload with { Refusal = "spec.resourceClaims: devices are not allocated here; ask for nvidia.com/gpu instead" };
        if (volumes.Problem.Length > 0)
            return workload with { Refusal = volumes.Problem };
        if (workload.Labels.Gang is not null && ProblemInGang(entry) is { } shared)
            return workload with { Refusal = shared };
        try
        {
            var (constraints, others) = (PodConstraints.Of(pod, IsProductGroup(pod)), workload.Foreign ? InterPodDemand.None : DemandOf(pod, workload));
            if (others.NeedsOthers)
                workload = workload with { Labels = workload.Labels with { MayPreempt = false } };
            return constraints.Key.Length + volumes.Key.Length == 0 && others.IsNone && _nodes.Tolerable.Count == 0
                ? workload
                : workload with { Nodes = Shared(new PodNodes(constraints, volumes, others, workload.Group, workload.GpuCount > 0, _nodes, _gate)) };
        }
        catch (FormatException exception)
        {
            return workload.Foreign ? workload : workload with { Refusal = exception.Message };
        }
    }

    // Pods of one kind come by the thousand, and each of its own would go through all nodes.
    private PodNodes Shared(PodNodes filter)
    {
        if (_filters.TryGetValue(filter.Id, out var known))
            return known;
        if (_filters.Count == MostFilters)
            _filters.Clear();
        return _filters[filter.Id] = filter;
    }

    /// <summary>The tier that a name stands for.</summary>
    private PodGroup? Resolve(PodGroup? group)
    {
        if (group?.Spec.NetworkTopology is not { HighestTierAllowed: null, HighestTierName: { Length: > 0 } name } topology)
            return group;
        var tier = _hyperNodes.Values.FirstOrDefault(hyper => hyper.Spec.TierName == name)?.Spec.Tier ?? TopologyTree.MaxTier;
        return group with { Spec = group.Spec with { NetworkTopology = topology with { HighestTierAllowed = tier } } };
    }

    private bool IsProductGroup(Pod pod) => !pod.Spec.NodeSelector.TryGetValue(PipelineNames.Product, out var product) || _nodes.IsGroup(product);

    /// <summary>Its controller would put it back at once, or it is part of the node: nobody evicts it.</summary>
    private static bool BelongsToNode(Pod pod) => pod.Metadata.Annotations.ContainsKey("kubernetes.io/config.mirror")
        || pod.Metadata.OwnerReferences.Any(owner => owner is { Controller: true, Kind: "DaemonSet" or "Node" })
        || pod.Spec.Priority >= SystemCritical;

    // What another scheduler has placed without asking us is not ours to preempt; a drain asks for it to leave all the same.
    private bool IsOurs(Pod pod) => pod.Spec.SchedulerName == options.SchedulerName || pod.Metadata.Annotations.ContainsKey(PipelineNames.Gpus);

    private static bool IsOurAction(Pod pod) => pod.Metadata.Labels.ContainsKey(ActionPods.Label);

    /// <summary>Once for each text.</summary>
    private void Tell(string kind, string name, IReadOnlyList<string> problems, Pod? pod)
    {
        var key = $"{kind}/{name}";
        if (problems.Count == 0)
        {
            if (_problems.Count > 0)
                _problems.Remove(key);
            return;
        }

        if (_problems.TryGetValue(key, out var known) && known.SequenceEqual(problems))
            return;
        _problems[key] = problems;
        foreach (var problem in problems)
            told(new ModelProblem(kind, name, problem, pod));
    }
}
