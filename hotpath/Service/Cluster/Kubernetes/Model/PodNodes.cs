using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Kubernetes.Translation;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Model;

/// <summary>The nodes that will do for pods of one kind. Found anew only when something changed that pods select nodes by.</summary>
/// <param name="group">Machine group that they ask for; those of others are out of the question anyway, and need not be named.</param>
/// <param name="gpus">They ask for GPUs; as above.</param>
internal sealed class PodNodes(PodConstraints constraints, string group, bool gpus, NodeCache nodes, Lock gate) : INodeFilter, IEquatable<PodNodes>
{
    private IReadOnlyCollection<string>? _admitted;
    private long _version;

    private string Key => constraints.Key;

    public IReadOnlyCollection<string>? Admitted()
    {
        lock (gate)
        {
            if (_version != nodes.Version)
                (_admitted, _version) = (Find(), nodes.Version);
            return _admitted;
        }
    }

    public bool Equals(PodNodes? other) => other is not null && (other.Key, other.Group, other.Gpus) == (Key, group, gpus);

    public override bool Equals(object? obj) => Equals(obj as PodNodes);

    public override int GetHashCode() => HashCode.Combine(Key, group, gpus);

    private string Group => group;

    private bool Gpus => gpus;

    private List<string>? Find()
    {
        var (admitted, all) = (new List<string>(), true);
        foreach (var node in nodes.Nodes.Values)
        {
            if (constraints.Admits(node, nodes.Tolerable))
                admitted.Add(node.Metadata.Name);
            else if (all)
                all = nodes.Translate(node).Node is var translated && ((gpus && translated.GpuCount == 0) || (group.Length > 0 && translated.Group != group));
        }

        return all ? null : admitted;
    }
}
