using System.Globalization;
using System.Text;
using System.Text.Json;
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
    private readonly IReadOnlyList<NodeSelectorTerm>? _terms;
    private readonly IReadOnlyList<Toleration> _tolerations;
    private readonly List<KeyValuePair<string, long>> _others;

    private PodConstraints(Pod pod)
    {
        _selector = pod.Spec.NodeSelector.Where(term => !IsGroup(pod, term.Key)).ToDictionary(StringComparer.Ordinal);
        _tolerations = pod.Spec.Tolerations;
        _others = [.. PodResources.OthersOf(pod).Select(resource => KeyValuePair.Create(resource, PodResources.Request(pod, resource, static quantity => quantity.Units)))];
        _terms = NodeSelectorTerm.RequiredOf(pod.Spec.Affinity);
        Key = KeyOf(pod);
    }

    /// <summary>Equal for pods that ask for the same.</summary>
    public string Key { get; }

    /// <exception cref="FormatException">The node affinity cannot be read; the message names the field.</exception>
    public static PodConstraints Of(Pod pod) => new(pod);

    /// <summary>Why no list of nodes can say what the pod asks for; empty: one can.</summary>
    public static string ProblemOf(Pod pod)
    {
        if (pod.Spec.Affinity is { ValueKind: JsonValueKind.Object } affinity && (IsRequired(affinity, "podAffinity") || IsRequired(affinity, "podAntiAffinity")))
            return "spec.affinity: required pod affinity and anti-affinity are not supported; use kube-scheduler with the extender for this pod";
        if (pod.Spec.TopologySpreadConstraints.Any(constraint => constraint.WhenUnsatisfiable is null or "DoNotSchedule"))
            return "spec.topologySpreadConstraints: DoNotSchedule is not supported; use kube-scheduler with the extender for this pod";
        if (pod.Spec.Containers.Any(container => container.Ports.Any(port => port.HostPort > 0)))
            return "spec.containers.ports.hostPort: is not supported; use kube-scheduler with the extender for this pod";
        return "";
    }

    /// <param name="tolerable">Keys of taints that keep only those pods off that do not tolerate them; others close the node to all.</param>
    public bool Admits(Node node, IReadOnlySet<string> tolerable)
    {
        foreach (var (key, value) in _selector)
        {
            if (!node.Metadata.Labels.TryGetValue(key, out var own) || own != value)
                return false;
        }

        foreach (var (resource, amount) in _others)
        {
            if (!node.Status.Allocatable.TryGetValue(resource, out var has) || has.Units < amount)
                return false;
        }

        return (_terms is null || _terms.Any(term => term.Matches(node)))
            && node.Spec.Taints.All(taint => taint.Effect is not ("NoSchedule" or "NoExecute") || !tolerable.Contains(taint.Key) || IsTolerated(taint));
    }

    private bool IsTolerated(Taint taint) => _tolerations.Any(toleration =>
        (string.IsNullOrEmpty(toleration.Effect) || toleration.Effect == taint.Effect)
        && (string.IsNullOrEmpty(toleration.Key) ? toleration.Operator == "Exists" : toleration.Key == taint.Key)
        && (toleration.Operator == "Exists" || (toleration.Value ?? "") == (taint.Value ?? "")));

    private static bool IsGroup(Pod pod, string label)
        => label == PipelineNames.Group || (label == PipelineNames.Product && !pod.Spec.NodeSelector.ContainsKey(PipelineNames.Group));

    private static bool IsRequired(JsonElement affinity, string kind)
        => affinity.TryGetProperty(kind, out var terms) && terms.ValueKind == JsonValueKind.Object
            && terms.TryGetProperty("requiredDuringSchedulingIgnoredDuringExecution", out var required)
            && required is { ValueKind: JsonValueKind.Array } && required.GetArrayLength() > 0;

    private string KeyOf(Pod pod)
    {
        var key = new StringBuilder();
        foreach (var (label, value) in _selector.OrderBy(term => term.Key, StringComparer.Ordinal))
            key.Append(label).Append('=').Append(value).Append(';');
        foreach (var (resource, amount) in _others)
            key.Append(resource).Append('>').Append(amount.ToString(CultureInfo.InvariantCulture)).Append(';');
        foreach (var toleration in _tolerations.Where(toleration => toleration.Key?.StartsWith("node.kubernetes.io/", StringComparison.Ordinal) != true))
            key.Append('~').Append(toleration.Key).Append(toleration.Operator).Append(toleration.Value).Append(':').Append(toleration.Effect).Append(';');
        if (_terms is not null)
            key.Append(pod.Spec.Affinity!.Value.GetProperty(NodeSelectorTerm.NodeAffinity).GetRawText());
        return key.ToString();
    }
}
