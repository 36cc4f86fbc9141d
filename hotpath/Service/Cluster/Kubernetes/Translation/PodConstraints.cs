using System.Globalization;
using System.Text;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Translation;

/// <summary>
/// What a pod asks of its node that the engine has no word for: labels, tolerated taints, resources other than CPU, memory and GPUs, of
/// which the node must have enough for this pod alone. They become a list of nodes that will do. What depends on other pods cannot become
/// one, so such a pod is refused and never placed wrongly.
/// </summary>
internal sealed class PodConstraints
{
    private readonly IReadOnlyDictionary<string, string> _selector;
    private readonly IReadOnlyDictionary<string, string> _wholeSelector;
    private readonly IReadOnlyList<NodeSelectorTerm>? _terms;
    private readonly IReadOnlyList<Toleration> _tolerations;
    private readonly List<KeyValuePair<string, long>> _others;

    private PodConstraints(Pod pod, bool productIsGroup)
    {
        _selector = pod.Spec.NodeSelector.Where(term => !IsGroup(pod, term.Key, productIsGroup)).ToDictionary(StringComparer.Ordinal);
        _wholeSelector = pod.Spec.NodeSelector;
        _tolerations = pod.Spec.Tolerations;
        _others = [.. PodResources.AmountsOf(pod)];
        _terms = NodeSelectorTerm.RequiredOf(pod.Spec.Affinity);
        Key = KeyOf(pod);
    }

    /// <summary>Equal for pods that ask for the same.</summary>
    public string Key { get; }

    /// <param name="productIsGroup">See <see cref="Model.NodeCache.IsGroup"/>.</param>
    /// <exception cref="FormatException">The node affinity cannot be read; the message names the field.</exception>
    public static PodConstraints Of(Pod pod, bool productIsGroup = true) => new(pod, productIsGroup);

    /// <param name="tolerable">Keys of taints that keep only those pods off that do not tolerate them; others close the node to all.</param>
    public bool Admits(Node node, IReadOnlySet<string> tolerable)
    {
        if (!HasLabels(node, _selector))
            return false;
        foreach (var (resource, amount) in _others)
        {
            if (!node.Status.Allocatable.TryGetValue(resource, out var has) || has.Units < amount)
                return false;
        }

        return IsOfTerms(node) && node.Spec.Taints.All(taint => !KeepsOff(taint) || !tolerable.Contains(taint.Key) || IsTolerated(taint));
    }

    /// <summary>The pod's selector, the machine group in it as well, and its required node affinity include the node.</summary>
    public bool Selects(Node node) => HasLabels(node, _wholeSelector) && IsOfTerms(node);

    public bool Tolerates(Node node) => node.Spec.Taints.All(taint => !KeepsOff(taint) || IsTolerated(taint));

    private bool IsOfTerms(Node node) => _terms is null || _terms.Any(term => term.Matches(node));

    private static bool HasLabels(Node node, IReadOnlyDictionary<string, string> selector)
    {
        foreach (var (key, value) in selector)
        {
            if (!node.Metadata.Labels.TryGetValue(key, out var own) || own != value)
                return false;
        }

        return true;
    }

    private static bool KeepsOff(Taint taint) => taint.Effect is "NoSchedule" or "NoExecute";

    private bool IsTolerated(Taint taint) => _tolerations.Any(toleration =>
        (string.IsNullOrEmpty(toleration.Effect) || toleration.Effect == taint.Effect)
        && (string.IsNullOrEmpty(toleration.Key) ? toleration.Operator == "Exists" : toleration.Key == taint.Key)
        && (toleration.Operator == "Exists" || (toleration.Value ?? "") == (taint.Value ?? "")));

    private static bool IsGroup(Pod pod, string label, bool productIsGroup)
        => label == PipelineNames.Group || (label == PipelineNames.Product && productIsGroup && !pod.Spec.NodeSelector.ContainsKey(PipelineNames.Group));

    // The server adds them (admission plugin DefaultTolerationSeconds); a pod that asks for nothing else has no constraints.
    private static bool IsOfAllPods(Toleration toleration)
        => toleration is { Key: "node.kubernetes.io/not-ready" or "node.kubernetes.io/unreachable", Effect: "NoExecute" };

    private string KeyOf(Pod pod)
    {
        var key = new StringBuilder();
        foreach (var (label, value) in _selector.OrderBy(term => term.Key, StringComparer.Ordinal))
            key.Append(label).Append('=').Append(value).Append(';');
        foreach (var (resource, amount) in _others)
            key.Append(resource).Append('>').Append(amount.ToString(CultureInfo.InvariantCulture)).Append(';');
        foreach (var toleration in _tolerations.Where(toleration => !IsOfAllPods(toleration)))
            key.Append('~').Append(toleration.Key).Append(toleration.Operator).Append(toleration.Value).Append(':').Append(toleration.Effect).Append(';');
        if (_terms is not null)
            key.Append(pod.Spec.Affinity!.Value.GetProperty(NodeSelectorTerm.NodeAffinity).GetRawText());
        return key.ToString();
    }
}
