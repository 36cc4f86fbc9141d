using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.InterPod;

/// <summary>How many pods of a selection are on each node.</summary>
internal sealed class PodTally(PodSelection pods)
{
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);

    /// <summary>The nodes that have one.</summary>
    public IReadOnlyCollection<string> Nodes => _counts.Keys;

    public int On(string node) => _counts.GetValueOrDefault(node);

    /// <param name="change">1: the pod comes to the node; -1: it goes.</param>
    /// <returns>False: it is none of them.</returns>
    public bool Count(Pod pod, string node, int change)
    {
        if (!pods.Includes(pod))
            return false;
        var count = On(node) + change;
        if (count == 0)
            _counts.Remove(node);
        else
            _counts[node] = count;
        return true;
    }
}
