using Pipeline.Hotpath.Cluster.Kubernetes.InterPod;
using Pipeline.Hotpath.Cluster.Kubernetes.Volumes;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Model;

/// <summary>A pod as the server has it, and what we know of it ahead of the watch.</summary>
internal sealed class PodEntry(ulong id, Pod pod)
{
    private InterPodRules? _rules;

    public ulong Id => id;

    /// <summary>With our bind on it while the watch has not shown it yet.</summary>
    public Pod Pod { get; private set; } = pod;

    /// <summary>The node of a bind whose answer was lost: the server must be asked where the pod is before anybody believes the watch. Null: none.</summary>
    public string? Unsure { get; set; }

    /// <summary>The node that it is about to be bound to, where it counts for others from now on; empty: none.</summary>
    public string Claim { get; set; } = "";

    /// <summary>Null: it has no place, or its volumes are there.</summary>
    public Preparation? Preparation { get; set; }

    /// <summary>Nodes for which its volumes could not be made just now.</summary>
    public HashSet<string> Avoided => field ??= new(StringComparer.Ordinal);

    /// <summary>What it asks for of other pods, as far as that can be read.</summary>
    public InterPodRules Rules => _rules ??= InterPodRules.OfPlaced(Pod);

    /// <summary>A pod keeps its volumes for life.</summary>
    public IReadOnlyList<PodClaim> Claims => field ??= PodClaim.Of(Pod);

    public string Node => Pod.Spec.NodeName ?? "";

    /// <summary>A pod is bound once and for all: a version without a node is older than our bind.</summary>
    public void Put(Pod pod)
    {
        if (Node.Length > 0 && string.IsNullOrEmpty(pod.Spec.NodeName))
            return;
        if (pod.Spec.NodeName is { Length: > 0 })
            (Unsure, Preparation) = (null, null);
        (Pod, _rules) = (pod, null);
    }

    public void BoundTo(string node, IReadOnlyDictionary<string, string> annotations)
    {
        (Unsure, Preparation) = (null, null);
        if (Node.Length > 0)
            return;
        var all = new Dictionary<string, string>(Pod.Metadata.Annotations, StringComparer.Ordinal);
        foreach (var (key, value) in annotations)
            all[key] = value;
        Pod = Pod with { Spec = Pod.Spec with { NodeName = node }, Metadata = Pod.Metadata with { Annotations = all } };
    }
}
