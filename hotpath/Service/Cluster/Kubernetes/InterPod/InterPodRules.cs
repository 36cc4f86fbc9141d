using Pipeline.Hotpath.Cluster.Kubernetes.Translation;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.InterPod;

/// <summary>What a pod asks for of the other pods on and around its node, without which it may not be there; and what it takes that they may have taken.</summary>
internal sealed class InterPodRules
{
    private InterPodRules()
    {
    }

    /// <summary>All must hold.</summary>
    public IReadOnlyList<AffinityTerm> Together { get; private init; } = [];

    public IReadOnlyList<AffinityTerm> Apart { get; private init; } = [];

    public IReadOnlyList<SpreadRule> Spread { get; private init; } = [];

    public IReadOnlyList<HostPort> Ports { get; private init; } = [];

    /// <summary>Amounts of resources that the engine does not count: devices other than GPUs, huge pages, ephemeral storage.</summary>
    public IReadOnlyList<KeyValuePair<string, long>> Amounts { get; private init; } = [];

    /// <summary>It asks for nothing of others.</summary>
    public bool IsNone => Together.Count + Apart.Count + Spread.Count + Ports.Count == 0;

    /// <summary>The pods that it speaks of.</summary>
    public IEnumerable<PodSelection> Selections => [.. Together.Select(term => term.Pods), .. Apart.Select(term => term.Pods), .. Spread.Select(rule => rule.Pods)];

    /// <summary>Equal for the same rules.</summary>
    public string Key => string.Join('\n', [
        .. Together.Select(term => $"+{term.Key}"), .. Apart.Select(term => $"-{term.Key}"), .. Spread.Select(rule => $"~{rule.Key}"), .. Ports.Select(port => $":{port}")]);

    /// <exception cref="FormatException">A rule cannot be read; the message names the field.</exception>
    public static InterPodRules Of(Pod pod)
    {
        return new InterPodRules
        {
            Together = AffinityTerm.RequiredOf(pod, AffinityTerm.Affinity),
            Apart = AffinityTerm.RequiredOf(pod, AffinityTerm.AntiAffinity),
            Spread = SpreadRule.RequiredOf(pod),
            Ports = HostPort.Of(pod),
            Amounts = AmountsOf(pod),
        };
    }

    /// <summary>Those of a pod that is there already: a rule that cannot be read binds nobody.</summary>
    public static InterPodRules OfPlaced(Pod pod)
    {
        try
        {
            return Of(pod);
        }
        catch (FormatException)
        {
            return new InterPodRules { Ports = HostPort.Of(pod), Amounts = AmountsOf(pod) };
        }
    }

    private static IReadOnlyList<KeyValuePair<string, long>> AmountsOf(Pod pod)
        => [.. PodResources.AmountsOf(pod).Where(amount => amount.Key != PipelineNames.GpuResource)];
}
