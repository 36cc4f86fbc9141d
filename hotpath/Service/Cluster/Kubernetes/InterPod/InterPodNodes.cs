using Pipeline.Hotpath.Cluster.Kubernetes.Model;
using Pipeline.Hotpath.Cluster.Kubernetes.Translation;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.InterPod;

/// <summary>
/// The nodes that will do for a pod as far as other pods have a say, as they are now (kube-scheduler's InterPodAffinity, PodTopologySpread,
/// NodePorts and, for what the engine does not count, NodeResourcesFit plugins).
/// </summary>
internal sealed class InterPodNodes
{
    private readonly List<(string Label, HashSet<string> Values)> _closed = [];
    private readonly List<(string Label, HashSet<string>? Values)> _open = [];
    private readonly InterPodRules _rules;
    private readonly PlacedPods _placed;

    private InterPodNodes(InterPodRules rules, PlacedPods placed) => (_rules, _placed) = (rules, placed);

    /// <param name="keptOff">The terms by which others keep the pod off.</param>
    /// <param name="constraints">Of the pod.</param>
    public static InterPodNodes Of(
        Pod pod, InterPodRules rules, IReadOnlyList<KeptOff> keptOff, PlacedPods placed, PodConstraints constraints, NodeCache nodes)
    {
        var found = new InterPodNodes(rules, placed);
        foreach (var (term, by) in keptOff)
            found._closed.Add((term.TopologyKey, ValuesOf(term.TopologyKey, by, nodes)));
        foreach (var term in rules.Apart)
            found._closed.Add((term.TopologyKey, ValuesOf(term.TopologyKey, placed.TallyOf(term.Pods), nodes)));
        if (rules.Together.Count > 0)
            found.Gather(pod, rules.Together, nodes);
        foreach (var rule in rules.Spread)
            found._open.Add((rule.TopologyKey, rule.Open(CountsOf(rule, rules.Spread, placed.TallyOf(rule.Pods), constraints, nodes))));
        return found;
    }

    public bool Admits(Node node)
        => _closed.TrueForAll(closed => !node.Metadata.Labels.TryGetValue(closed.Label, out var value) || !closed.Values.Contains(value))
            && _open.TrueForAll(open => node.Metadata.Labels.TryGetValue(open.Label, out var value) && open.Values?.Contains(value) != false)
            && !_placed.HasPort(node.Metadata.Name, _rules.Ports) && _rules.Amounts.All(amount => HasLeft(node, amount.Key, amount.Value));

    // Huge amounts would run over in a sum.
    private bool HasLeft(Node node, string resource, long amount)
        => node.Status.Allocatable.TryGetValue(resource, out var has) && has.Units - _placed.TakenOf(node.Metadata.Name, resource) >= amount;

    // Where pods are that match all terms. The first of a group that only wants to be with its own kind may be anywhere (satisfyPodAffinity).
    private void Gather(Pod pod, IReadOnlyList<AffinityTerm> terms, NodeCache nodes)
    {
        var together = PodSelection.InAll([.. terms.Select(term => term.Pods)]);
        var tally = _placed.TallyOf(together);
        var isFirst = tally.Nodes.Count == 0 && together.Includes(pod);
        foreach (var term in terms)
            _open.Add((term.TopologyKey, isFirst ? null : ValuesOf(term.TopologyKey, tally, nodes)));
    }

    private static HashSet<string> ValuesOf(string label, PodTally tally, NodeCache nodes)
        => tally.Nodes.Select(node => nodes.Find(node)?.Metadata.Labels.GetValueOrDefault(label)).OfType<string>().ToHashSet(StringComparer.Ordinal);

    private static Dictionary<string, int> CountsOf(SpreadRule rule, IReadOnlyList<SpreadRule> all, PodTally tally, PodConstraints constraints, NodeCache nodes)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var node in nodes.Nodes.Values)
        {
            // A node without one of the labels counts for none of the rules (PodTopologySpread, requireAllTopologies).
            if (!all.All(other => node.Metadata.Labels.ContainsKey(other.TopologyKey)) || (rule.HonorsAffinity && !constraints.Selects(node))
                || (rule.HonorsTaints && !constraints.Tolerates(node)))
                continue;
            var value = node.Metadata.Labels[rule.TopologyKey];
            counts[value] = counts.GetValueOrDefault(value) + tally.On(node.Metadata.Name);
        }

        return counts;
    }
}
