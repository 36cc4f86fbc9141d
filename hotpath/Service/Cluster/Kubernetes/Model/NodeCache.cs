using System.Collections.Frozen;
using Pipeline.Hotpath.Cluster.Kubernetes.Translation;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Model;

/// <summary>The nodes as the server has them. Not for several threads.</summary>
internal sealed class NodeCache(FrozenSet<string> tolerable)
{
    private readonly Dictionary<string, Node> _nodes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _taintLost = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _grouped = new(StringComparer.Ordinal);
    private readonly List<string> _regrouped = [];

    public FrozenSet<string> Tolerable => tolerable;

    public IReadOnlyDictionary<string, Node> Nodes => _nodes;

    /// <summary>Grows when something changes that pods select nodes by. A heartbeat is nothing of the kind.</summary>
    public long Version { get; private set; } = 1;

    public Node? Find(string name) => _nodes.GetValueOrDefault(name);

    /// <summary>
    /// Whether nodes are of a machine group by their product. It is a label like others where one of them has a group of its own: who selects by
    /// the product means that one as well.
    /// </summary>
    public bool IsGroup(string product) => !_grouped.ContainsKey(product);

    /// <summary>Products of which <see cref="IsGroup"/> may say something else than at the last call.</summary>
    public IReadOnlyList<string> TakeRegrouped()
    {
        if (_regrouped.Count == 0)
            return [];
        string[] products = [.. _regrouped];
        _regrouped.Clear();
        return products;
    }

    /// <summary>The mark of a node, with what can only be told from how the node came to be as it is.</summary>
    public NodeMarks MarksOf(Node node) => NodeMarks.Of(node, _taintLost.Contains(node.Metadata.Name));

    /// <returns>
    /// Run of the mark that counts as told last, empty for none, where what the node says now is news though it may say the same as the last
    /// time: the taint was there until now and is lost, the mark was gone until now, or has gone as a whole. Null: nothing of the kind.
    /// </returns>
    public string? Put(Node node)
    {
        if (!_nodes.TryGetValue(node.Metadata.Name, out var known) || !SelectsAlike(known, node))
        {
            Version++;
            Regroup(known, node);
        }

        var marks = NodeMarks.Of(node);
        var before = known is null ? marks.Run : NodeMarks.Of(known).Run;
        // Most nodes have no mark, and a heartbeat must stay cheap.
        var mayLose = marks is not ({ IsTainted: true } or { Run.Length: 0 });
        var loses = mayLose && NodeMarks.LosesTaint(known, node);
        if (!mayLose)
            _taintLost.Remove(node.Metadata.Name);
        else if (loses)
            _taintLost.Add(node.Metadata.Name);
        _nodes[node.Metadata.Name] = node;
        return marks.Run.Length == 0 ? (before.Length > 0 ? before : null) : loses || before != marks.Run ? "" : null;
    }

    public void Remove(string name)
    {
        _taintLost.Remove(name);
        if (!_nodes.Remove(name, out var known))
            return;
        Version++;
        Regroup(known, null);
    }

    public TranslatedNode Translate(Node node) => TranslatedNode.Of(node, MarksOf(node), tolerable);

    private void Regroup(Node? before, Node? now)
    {
        var (old, product) = (GroupedProductOf(before), GroupedProductOf(now));
        if (old == product)
            return;
        if (old is not null && --_grouped[old] == 0)
        {
            _grouped.Remove(old);
            _regrouped.Add(old);
        }

        if (product is not null && (_grouped[product] = _grouped.GetValueOrDefault(product) + 1) == 1)
            _regrouped.Add(product);
    }

    /// <summary>Product of a node whose machine group is another one; else null.</summary>
    private static string? GroupedProductOf(Node? node)
        => node?.Metadata.Labels.GetValueOrDefault(PipelineNames.Product) is { } product
            && node.Metadata.Labels.TryGetValue(PipelineNames.Group, out var group) && group != product ? product : null;

    private static bool SelectsAlike(Node one, Node other) => Same(one.Metadata.Labels, other.Metadata.Labels)
        && Same(one.Status.Allocatable, other.Status.Allocatable)
        && one.Spec.Taints.Select(taint => (taint.Key, taint.Value, taint.Effect)).SequenceEqual(other.Spec.Taints.Select(taint => (taint.Key, taint.Value, taint.Effect)));

    private static bool Same<T>(IReadOnlyDictionary<string, T> one, IReadOnlyDictionary<string, T> other)
        where T : IEquatable<T>
        => one.Count == other.Count && one.All(entry => other.TryGetValue(entry.Key, out var value) && value.Equals(entry.Value));
}
