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
    private readonly int _aloneWith;
    private readonly IReadOnlyList<string>? _terms;

    private InterPodDemand(Pod pod, InterPodRules rules, PlacedPods placed, int aloneWith)
    {
        (_pod, _rules, _placed, _aloneWith) = (pod, rules, placed, aloneWith);
        if (!rules.IsNone)
        {
            // Which terms are about it changes with every replica, and depends on its labels.
            Key = $"{pod.Metadata.Namespace}/{string.Join(',', pod.Metadata.Labels.OrderBy(label => label.Key, StringComparer.Ordinal))}\n{rules.Key}\n{aloneWith}";
            return;
        }

        _terms = [.. placed.KeepingOff(pod).Select(keptOff => keptOff.Term.Key).Order(StringComparer.Ordinal)];
        Key = string.Join('\n', _terms);
    }

    /// <summary>Of a pod of which others have nothing to say.</summary>
    public static InterPodDemand None { get; } = new(new Pod(), InterPodRules.Of(new Pod()), new PlacedPods(_ => { }), aloneWith: 0);

    /// <summary>Equal for pods of equal <see cref="PodConstraints"/> that may be on the same nodes.</summary>
    public string Key { get; }

    public bool HasRules => !_rules.IsNone;

    /// <summary>It may only be where certain others are, who could be just those that it evicts.</summary>
    public bool NeedsOthers => _rules.Together.Count > 0;

    /// <summary>Where one of them goes changes where the next may go.</summary>
    public bool IsChangedByPlacing => HasRules || _rules.Amounts.Count > 0;

    /// <summary>No other pod has a say.</summary>
    public bool IsNone => Key.Length == 0 && !IsChangedByPlacing;

    /// <summary>Changes when other nodes may do.</summary>
    public long Version => IsNone ? 0 : _placed.Version;

    /// <param name="aloneWith">
    /// GPUs of a pod that may only be where no second one with as many fits; 0: it may be anywhere. Those of a gang get their nodes all at once, each
    /// without a look at where the others go.
    /// </param>
    public static InterPodDemand Of(Pod pod, InterPodRules rules, PlacedPods placed, int aloneWith = 0) => new(pod, rules, placed, aloneWith);

    /// <param name="constraints">Of the pod.</param>
    public InterPodNodes Nodes(PodConstraints constraints, NodeCache nodes) => InterPodNodes.Of(
        _pod, _rules, _terms is null ? _placed.KeepingOff(_pod) : [.. _terms.Select(_placed.Find).OfType<KeptOff>()], _placed, constraints, nodes, _aloneWith);
}
