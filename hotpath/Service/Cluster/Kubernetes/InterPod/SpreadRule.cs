using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.InterPod;

/// <summary>
/// A core/v1 TopologySpreadConstraint that has to hold: no value of a node label may have more than some pods more than the value that has the
/// fewest.
/// </summary>
/// <param name="Pods">Those that are counted.</param>
/// <param name="CountsSelf">The pod is one of them once it has its place.</param>
internal sealed record SpreadRule(TopologySpreadConstraint Given, PodSelection Pods, bool CountsSelf)
{
    private const string Honor = "Honor";

    public string TopologyKey => Given.TopologyKey;

    /// <summary>Only nodes that the pod selects count. The default (KEP-3094).</summary>
    public bool HonorsAffinity => Given.NodeAffinityPolicy is null or Honor;

    /// <summary>Only nodes whose taints the pod tolerates count. Not the default.</summary>
    public bool HonorsTaints => Given.NodeTaintsPolicy == Honor;

    public string Key => $"{Given.MaxSkew}/{Given.MinDomains}/{HonorsAffinity}/{HonorsTaints}/{TopologyKey}/{Pods.Key}";

    /// <exception cref="FormatException">One cannot be read; the message names the field.</exception>
    public static IReadOnlyList<SpreadRule> RequiredOf(Pod pod)
        => [.. pod.Spec.TopologySpreadConstraints.Where(constraint => constraint.WhenUnsatisfiable is null or "DoNotSchedule").Select(constraint => Of(constraint, pod))];

    /// <summary>The values that one pod more may have.</summary>
    /// <param name="counts">Pods by value; those without pods among them.</param>
    public HashSet<string> Open(IReadOnlyDictionary<string, int> counts)
    {
        var least = counts.Count < (Given.MinDomains ?? 1) ? 0 : counts.Values.Min();
        return counts.Where(domain => domain.Value + (CountsSelf ? 1 : 0) - least <= Given.MaxSkew).Select(domain => domain.Key).ToHashSet(StringComparer.Ordinal);
    }

    private static SpreadRule Of(TopologySpreadConstraint given, Pod pod)
    {
        if (given.MaxSkew < 1 || given.TopologyKey.Length == 0)
            throw new FormatException("spec.topologySpreadConstraints: maxSkew is not above 0, or topologyKey is empty");
        var labels = pod.Metadata.Labels;
        LabelSelectorRequirement[] same =
        [
            .. given.MatchLabelKeys.Where(labels.ContainsKey).Select(key => new LabelSelectorRequirement { Key = key, Operator = "In", Values = [labels[key]] }),
        ];
        var selector = given.LabelSelector is { } own ? own with { MatchExpressions = [.. own.MatchExpressions, .. same] } : null;
        try
        {
            var pods = PodSelection.Of(selector, [pod.Metadata.Namespace ?? ""]);
            return new SpreadRule(given, pods.ThatStay(), pods.Includes(pod));
        }
        catch (FormatException exception)
        {
            throw new FormatException($"spec.topologySpreadConstraints: {exception.Message}", exception);
        }
    }
}
