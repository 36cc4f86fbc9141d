using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Kubernetes.Model;
using Pipeline.Hotpath.Cluster.Kubernetes.Translation;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.InterPod;

/// <summary>What pods of one kind ask for of other pods, and what others ask for of them.</summary>
internal sealed class InterPodDemand
{
    private readonly Pod _pod;
    private readonly InterPodRules _rules;
    private readonly PlacedPods _placed;
    private readonly IReadOnlyList<string>? _terms;

    private InterPodDemand(Pod pod, InterPodRules rules, PlacedPods placed, IReadOnlyList<AffinityTerm>? mates)
    {
        (_pod, _rules, _placed) = (pod, rules, placed);
        if (!rules.IsNone && mates is null)
        {
            // Which terms are about it changes with every replica, and depends on its labels.
            Key = $"{pod.Metadata.Namespace}/{string.Join(',', pod.Metadata.Labels.OrderBy(label => label.Key, StringComparer.Ordinal))}\n{rules.Key}";
            return;
        }

        // Those of its gang are among them from the first, and its labels are not: most members have some that no other has.
        var ofGang = mates?.Select(term => term.Key).Order(StringComparer.Ordinal).ToList() ?? [];
        _terms = [.. placed.KeepingOff(pod).Select(keptOff => keptOff.Term.Key).Union(ofGang).Order(StringComparer.Ordinal)];
        Key = string.Join('\n', _terms);
        if (mates is null || (rules.IsNone && ofGang.Count == 0))
            return;
        KeepsOff = [.. rules.Apart.Where(term => term.TopologyKey == PipelineNames.Hostname).Select(term => term.Key), .. rules.Ports.Select(port => port.KeepsOff)];
        KeptOffBy = [.. ofGang, .. rules.Ports.SelectMany(port => port.KeptOffBy)];
        Key = $"{rules.Key}\n\n{string.Join('\n', ofGang)}\n\n{Key}";
    }

    /// <summary>Of a pod of which others have nothing to say.</summary>
    public static InterPodDemand None { get; } = new(new Pod(), InterPodRules.Of(new Pod()), new PlacedPods(_ => { }), mates: null);

    /// <summary>Equal for pods of equal <see cref="PodConstraints"/> that may be on the same nodes.</summary>
    public string Key { get; }

    /// <summary>See <see cref="INodeFilter.KeepsOff"/>.</summary>
    public IReadOnlyList<string> KeepsOff { get; } = [];

    /// <summary>See <see cref="INodeFilter.KeptOffBy"/>.</summary>
    public IReadOnlyList<string> KeptOffBy { get; } = [];

    public bool HasRules => !_rules.IsNone;

    /// <summary>It may only be where certain others are, who could be just those that it evicts.</summary>
    public bool NeedsOthers => _rules.Together.Count > 0;

    /// <summary>Where one of them goes changes where the next may go.</summary>
    public bool IsChangedByPlacing => HasRules || _rules.Amounts.Count > 0;

    /// <summary>No other pod has a say.</summary>
    public bool IsNone => Key.Length == 0 && !IsChangedByPlacing;

    /// <summary>Changes when other nodes may do.</summary>
    public long Version => IsNone ? 0 : _placed.Version;

    /// <param name="mates">The terms by which members of its gang keep it off; null: it is of no gang.</param>
    public static InterPodDemand Of(Pod pod, InterPodRules rules, PlacedPods placed, IReadOnlyList<AffinityTerm>? mates = null) => new(pod, rules, placed, mates);

    /// <param name="constraints">Of the pod.</param>
    public InterPodNodes Nodes(PodConstraints constraints, NodeCache nodes) => InterPodNodes.Of(
        _pod, _rules, _terms is null ? _placed.KeepingOff(_pod) : [.. _terms.Select(_placed.Find).OfType<KeptOff>()], _placed, constraints, nodes);
}
