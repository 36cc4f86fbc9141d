using System.Globalization;
using System.Text;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Volumes;

/// <summary>The volumes that will do for a claim.</summary>
/// <param name="Class">Empty: those of no class.</param>
/// <param name="Modes">Access modes that the volume must have.</param>
/// <param name="IsBlock">A device instead of a file system.</param>
/// <param name="Selector">Of the volume's labels; null: any.</param>
internal sealed record VolumeRequest(string Class, long Bytes, IReadOnlyList<string> Modes, bool IsBlock, LabelSelector? Selector)
{
    /// <summary>Equal for requests that the same volumes satisfy.</summary>
    public string Key { get; } = KeyOf(Class, Bytes, Modes, IsBlock, Selector);

    public static VolumeRequest Of(PersistentVolumeClaim claim) => new(
        ClassOf(claim, claim.Spec.StorageClassName), claim.Spec.Resources.Requests.TryGetValue("storage", out var size) ? size.Units : 0,
        claim.Spec.AccessModes, claim.Spec.VolumeMode == "Block", claim.Spec.Selector);

    public static string ClassOf(KubernetesObject item, string? field) => item.Metadata.Annotations.GetValueOrDefault(VolumeNames.Class) ?? field ?? "";

    private static string KeyOf(string name, long bytes, IReadOnlyList<string> modes, bool isBlock, LabelSelector? selector)
    {
        var key = new StringBuilder(name).Append('>').Append(bytes.ToString(CultureInfo.InvariantCulture)).Append(isBlock ? '#' : '/')
            .AppendJoin(',', modes.Order(StringComparer.Ordinal));
        if (selector is null)
            return key.ToString();
        foreach (var (label, value) in selector.MatchLabels.OrderBy(label => label.Key, StringComparer.Ordinal))
            key.Append('&').Append(label).Append('=').Append(value);
        foreach (var expression in selector.MatchExpressions)
            key.Append('&').Append(expression.Key).Append(' ').Append(expression.Operator).Append(' ').AppendJoin(',', expression.Values);
        return key.ToString();
    }
}
