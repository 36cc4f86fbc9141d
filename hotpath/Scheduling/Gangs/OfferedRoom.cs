using System.Runtime.InteropServices;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Reservations.Estimates;

namespace Pipeline.Scheduling.Gangs;

/// <summary>Nodes that were offered to members of gangs, and what they have left should these come.</summary>
internal sealed class OfferedRoom
{
    private readonly List<int> _nodes = [];
    private readonly List<NodeForecast> _left = [];

    public ReadOnlySpan<int> Nodes => CollectionsMarshal.AsSpan(_nodes);

    /// <summary>What the node has left; null: it was not offered.</summary>
    public NodeForecast? Find(int node) => _nodes.IndexOf(node) is >= 0 and var at ? _left[at] : null;

    /// <summary>Offers the node to a workload that it has room for.</summary>
    public void Take(NodeTable nodes, int node, in Shape shape)
    {
        var left = Find(node);
        if (left is null)
        {
            _nodes.Add(node);
            _left.Add(left = new NodeForecast(nodes, node));
        }
        left.Take(shape, 1);
    }
}
