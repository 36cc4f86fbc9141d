using System.Text;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.InterPod;

/// <summary>Pods of some namespaces, by their labels.</summary>
internal sealed class PodSelection
{
    private readonly Func<Pod, bool> _includes;

    private PodSelection(string key, Func<Pod, bool> includes) => (Key, _includes) = (key, includes);

    public static PodSelection All { get; } = new("*", _ => true);

    /// <summary>Equal for selections of the same pods.</summary>
    public string Key { get; }

    /// <param name="selector">Null: no pod, as meta/v1 has it.</param>
    /// <param name="namespaces">Null: all.</param>
    /// <exception cref="FormatException">An expression has an unknown operator.</exception>
    public static PodSelection Of(LabelSelector? selector, IReadOnlyCollection<string>? namespaces)
    {
        foreach (var expression in selector?.MatchExpressions ?? [])
            expression.Matches(new Dictionary<string, string>());
        return new PodSelection(
            $"{(namespaces is null ? "*" : string.Join(',', namespaces.Order(StringComparer.Ordinal)))}:{TextOf(selector)}",
            pod => selector is not null && namespaces?.Contains(pod.Metadata.Namespace ?? "") != false && selector.Matches(pod.Metadata.Labels));
    }

    /// <summary>Pods that all of them include.</summary>
    public static PodSelection InAll(IReadOnlyCollection<PodSelection> selections)
        => new(string.Join('&', selections.Select(selection => selection.Key)), pod => selections.All(selection => selection.Includes(pod)));

    /// <summary>Without those that terminate.</summary>
    public PodSelection ThatStay() => new($"{Key}!", pod => pod.Metadata.DeletionTimestamp is null && Includes(pod));

    public bool Includes(Pod pod) => _includes(pod);

    private static string TextOf(LabelSelector? selector)
    {
        if (selector is null)
            return "none";
        var text = new StringBuilder();
        foreach (var (label, value) in selector.MatchLabels.OrderBy(entry => entry.Key, StringComparer.Ordinal))
            text.Append(label).Append('=').Append(value).Append(';');
        foreach (var expression in selector.MatchExpressions)
            text.Append(expression.Key).Append(' ').Append(expression.Operator).Append(' ').AppendJoin(',', expression.Values).Append(';');
        return text.ToString();
    }
}
