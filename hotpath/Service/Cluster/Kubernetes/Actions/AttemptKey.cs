using System.Globalization;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Actions;

/// <summary>The key of an action: an attempt of a run. On one node, keys are in the order in which they were given out.</summary>
internal readonly record struct AttemptKey(string Run, int Attempt)
{
    public static bool TryParse(string text, out AttemptKey key)
    {
        var slash = text.LastIndexOf('/');
        var attempt = 0;
        var parsed = slash > 0 && int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out attempt);
        key = parsed ? new AttemptKey(text[..slash], attempt) : default;
        return parsed;
    }

    /// <summary>The pod acts for an attempt before this one, and may not have acted yet.</summary>
    public bool Outdates(Pod pod)
        => !ActionPods.HasEnded(pod) && TryParse(pod.Metadata.Annotations.GetValueOrDefault(ActionPods.KeyAnnotation, ""), out var its) && its.IsBefore(this);

    // The ids of runs begin with the time at which they were opened.
    private bool IsBefore(AttemptKey other) => string.CompareOrdinal(Run, other.Run) is var order && (order == 0 ? Attempt < other.Attempt : order < 0);
}
