using System.Collections.Frozen;

namespace Pipeline.Kubernetes.Models;

/// <summary>Maps that are not there.</summary>
internal static class Empty
{
    public static IReadOnlyDictionary<string, string> Texts { get; } = FrozenDictionary<string, string>.Empty;

    public static IReadOnlyDictionary<string, Quantity> Quantities { get; } = FrozenDictionary<string, Quantity>.Empty;
}
