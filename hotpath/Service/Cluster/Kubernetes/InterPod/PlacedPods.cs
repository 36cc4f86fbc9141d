using Pipeline.Hotpath.Cluster.Kubernetes.Model;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.InterPod;

/// <summary>
/// The pods that are on a node, or about to be, as far as others may not be there for them: which selections they belong to, which other pods
/// they keep off, and what they take that the engine does not count. Not for several threads.
/// </summary>
/// <param name="termChanged">A term by which pods keep others off has come, or gone with the last of them.</param>
internal sealed class PlacedPods(Action<AffinityTerm> termChanged)
{
    // Each costs a look at every pod that comes or goes. Those that nobody asks for any more go with the rest.
    private const int MostTallies = 4_096;

    private readonly Dictionary<ulong, PlacedPod> _pods = [];
    private readonly Dictionary<string, PodTally> _tallies = new(StringComparer.Ordinal);
    private readonly Dictionary<string, KeptOff> _keptOff = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<HostPort>> _ports = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Node, string Resource), long> _taken = [];

    /// <summary>Grows when other nodes than before may do for a pod with <see cref="InterPodRules"/>, or for one that a term is about.</summary>
    public long Version { get; private set; } = 1;

    /// <param name="node">Where it is.</param>
    public void Put(PodEntry entry, string node)
    {
        if (!_pods.TryGetValue(entry.Id, out var known) || known.Node != node)
        {
            Remove(entry.Id);
            Enter(entry.Id, new PlacedPod(entry.Pod, node, entry.Rules));
            return;
        }

        _pods[entry.Id] = known with { Pod = entry.Pod };
        if (_tallies.Count > 0 && !known.CountsAs(entry.Pod))
            Recount(known, entry.Pod);
    }

    public void Remove(ulong id)
    {
        if (!_pods.Remove(id, out var placed))
            return;
        foreach (var tally in _tallies.Values)
            Note(tally.Count(placed.Pod, placed.Node, -1));
        foreach (var port in placed.Rules.Ports)
            Note(_ports[placed.Node].Remove(port));
        foreach (var (resource, amount) in placed.Rules.Amounts)
            Take(placed.Node, resource, -amount);
        foreach (var term in placed.Rules.Apart)
        {
            var keptOff = _keptOff[term.Key];
            Note(keptOff.By.Count(placed.Pod, placed.Node, -1));
            if (keptOff.By.Nodes.Count > 0)
                continue;
            _keptOff.Remove(term.Key);
            termChanged(keptOff.Term);
        }
    }

    /// <summary>Where the pods of a selection are.</summary>
    public PodTally TallyOf(PodSelection pods)
    {
        if (_tallies.TryGetValue(pods.Key, out var tally))
            return tally;
        if (_tallies.Count == MostTallies)
            _tallies.Clear();
        _tallies.Add(pods.Key, tally = new PodTally(pods));
        foreach (var placed in _pods.Values)
            tally.Count(placed.Pod, placed.Node, 1);
        return tally;
    }

    /// <summary>The terms by which pods keep this one off, and where those pods are.</summary>
    public IReadOnlyList<KeptOff> KeepingOff(Pod pod) => _keptOff.Count == 0 ? [] : [.. _keptOff.Values.Where(term => term.Term.Pods.Includes(pod))];

    public KeptOff? Find(string term) => _keptOff.GetValueOrDefault(term);

    /// <summary>A pod of the node has one of the ports.</summary>
    public bool HasPort(string node, IReadOnlyList<HostPort> ports)
        => ports.Count > 0 && _ports.TryGetValue(node, out var taken) && taken.Exists(port => ports.Any(wanted => wanted.IsTakenBy(port)));

    /// <summary>How much of a resource the pods of the node ask for.</summary>
    public long TakenOf(string node, string resource) => _taken.GetValueOrDefault((node, resource));

    private void Enter(ulong id, PlacedPod placed)
    {
        _pods.Add(id, placed);
        foreach (var tally in _tallies.Values)
            Note(tally.Count(placed.Pod, placed.Node, 1));
        foreach (var port in placed.Rules.Ports)
        {
            if (!_ports.TryGetValue(placed.Node, out var ports))
                _ports.Add(placed.Node, ports = []);
            ports.Add(port);
            Note(true);
        }

        foreach (var (resource, amount) in placed.Rules.Amounts)
            Take(placed.Node, resource, amount);
        foreach (var term in placed.Rules.Apart)
        {
            var isNew = !_keptOff.TryGetValue(term.Key, out var keptOff);
            if (isNew)
                _keptOff.Add(term.Key, keptOff = new KeptOff(term, new PodTally(PodSelection.All)));
            Note(keptOff!.By.Count(placed.Pod, placed.Node, 1));
            if (isNew)
                termChanged(term);
        }
    }

    private void Recount(PlacedPod known, Pod now)
    {
        foreach (var tally in _tallies.Values)
        {
            Note(tally.Count(known.Pod, known.Node, -1));
            Note(tally.Count(now, known.Node, 1));
        }
    }

    private void Take(string node, string resource, long amount)
    {
        var taken = TakenOf(node, resource) + amount;
        if (taken == 0)
            _taken.Remove((node, resource));
        else
            _taken[(node, resource)] = taken;
        Note(true);
    }

    private void Note(bool changed) => Version += changed ? 1 : 0;

    private sealed record PlacedPod(Pod Pod, string Node, InterPodRules Rules)
    {
        /// <summary>It belongs to the same selections.</summary>
        public bool CountsAs(Pod other)
        {
            var (one, two) = (Pod.Metadata, other.Metadata);
            return one.DeletionTimestamp.HasValue == two.DeletionTimestamp.HasValue && one.Labels.Count == two.Labels.Count
                && one.Labels.All(label => two.Labels.TryGetValue(label.Key, out var value) && value == label.Value);
        }
    }
}

/// <summary>A term by which pods keep others off.</summary>
/// <param name="By">Those that have it.</param>
internal sealed record KeptOff(AffinityTerm Term, PodTally By);
