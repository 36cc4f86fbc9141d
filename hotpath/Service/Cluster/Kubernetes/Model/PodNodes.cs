using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Kubernetes.InterPod;
using Pipeline.Hotpath.Cluster.Kubernetes.Translation;
using Pipeline.Hotpath.Cluster.Kubernetes.Volumes;
using Pipeline.Hotpath.Cluster.Pending;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Model;

/// <summary>The nodes that will do for pods of one kind. Found anew only when something changed that pods select nodes by.</summary>
/// <param name="others">What other pods have to say.</param>
/// <param name="group">Machine group that they ask for; those of others are out of the question anyway, and need not be named.</param>
/// <param name="gpus">They ask for GPUs; as above.</param>
internal sealed class PodNodes(
    PodConstraints constraints, PodVolumes volumes, InterPodDemand others, string group, bool gpus, NodeCache nodes, Lock gate) : INodeFilter
{
    private IReadOnlyCollection<string>? _admitted;
    private (long Nodes, long Volumes, long Others) _version;
    private ulong _id;

    public ulong Id => _id != 0 ? _id : _id = StableId.Of("nodes", $"{gpus}/{group}/{constraints.Key}{volumes.Key}{others.Key}");

    public bool IsChangedByPlacing => others.IsChangedByPlacing;

    public bool PreemptsInTurn => others.HasRules;

    public IReadOnlyList<string> KeepsOff => others.KeepsOff;

    public IReadOnlyList<string> KeptOffBy => others.KeptOffBy;

    public IReadOnlyCollection<string>? Admitted()
    {
        lock (gate)
        {
            var version = (nodes.Version, volumes.Version, others.Version);
            if (_version != version && Find() is var found && !IsSame(found))
                _admitted = found;
            _version = version;
            return _admitted;
        }
    }

    public override bool Equals(object? obj) => obj is PodNodes other && other.Id == Id;

    public override int GetHashCode() => Id.GetHashCode();

    // Pods come and go by the second without a change for those that wait.
    private bool IsSame(HashSet<string>? found) => found is null ? _admitted is null : _admitted is not null && found.SetEquals(_admitted);

    private HashSet<string>? Find()
    {
        var asOthersSay = others.Nodes(constraints, nodes);
        var (admitted, all) = (new HashSet<string>(StringComparer.Ordinal), true);
        foreach (var node in nodes.Nodes.Values)
        {
            if (constraints.Admits(node, nodes.Tolerable) && volumes.Admits(node) && asOthersSay.Admits(node))
                admitted.Add(node.Metadata.Name);
            else if (all)
                all = nodes.Translate(node).Node is var translated && ((gpus && translated.GpuCount == 0) || (group.Length > 0 && translated.Group != group));
        }

        return all ? null : admitted;
    }
}
