using System.Text.Json;
using Pipeline.Kubernetes.Json;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.InterPod;

/// <summary>A required core/v1 PodAffinityTerm of a pod: other pods, with whose nodes its own is, or is not, to share the value of a label.</summary>
/// <param name="TopologyKey">The label.</param>
internal sealed record AffinityTerm(PodSelection Pods, string TopologyKey)
{
    public const string Affinity = "podAffinity";
    public const string AntiAffinity = "podAntiAffinity";

    /// <summary>Equal for terms that mean the same.</summary>
    public string Key => $"{TopologyKey}/{Pods.Key}";

    /// <summary>Its namespaces go by labels that nobody follows, so all of them count: stricter than it was meant.</summary>
    public bool IsWidened { get; private init; }

    /// <param name="kind"><see cref="Affinity"/> or <see cref="AntiAffinity"/>.</param>
    /// <exception cref="FormatException">A term cannot be read; the message names the field.</exception>
    public static IReadOnlyList<AffinityTerm> RequiredOf(Pod pod, string kind)
    {
        if (pod.Spec.Affinity is not { ValueKind: JsonValueKind.Object } affinity || !affinity.TryGetProperty(kind, out var terms) || terms.ValueKind != JsonValueKind.Object
            || !terms.TryGetProperty("requiredDuringSchedulingIgnoredDuringExecution", out var required) || required.ValueKind != JsonValueKind.Array)
            return [];
        try
        {
            return [.. required.EnumerateArray().Select(term => Of(term.Deserialize(KubernetesJson.Options.TypeInfo<PodAffinityTerm>())!, pod))];
        }
        catch (Exception exception) when (exception is JsonException or FormatException)
        {
            throw new FormatException($"spec.affinity.{kind}: {exception.Message}", exception);
        }
    }

    private static AffinityTerm Of(PodAffinityTerm term, Pod pod)
    {
        if (term.TopologyKey.Length == 0)
            throw new FormatException("a term has no topologyKey");
        // No namespaces and no selector of them: the pod's own (PodAffinityTerm.namespaces). An empty selector selects all.
        IReadOnlyCollection<string>? namespaces = term.NamespaceSelector is not null ? null : term.Namespaces.Count > 0 ? term.Namespaces : [pod.Metadata.Namespace ?? ""];
        return new AffinityTerm(PodSelection.Of(term.LabelSelector, namespaces), term.TopologyKey)
        {
            IsWidened = term.NamespaceSelector is { MatchLabels.Count: > 0 } or { MatchExpressions.Count: > 0 },
        };
    }
}
