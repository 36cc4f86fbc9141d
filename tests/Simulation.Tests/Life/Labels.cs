using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster;
using Pipeline.Simulation.Tests.Core;

namespace Pipeline.Simulation.Tests.Life;

/// <summary>Somebody divides the GPUs of a node anew again and again, and each time its label names another product. In the end it is as it was.</summary>
internal sealed class Labels(SimulatedWorld world, ulong seed)
{
    private const int Changes = 100;

    // Its own, so that the worlds are otherwise what they were.
    private readonly Chance _chance = new(~seed);
    private string _node = "";
    private string _group = "";

    public void Plan()
    {
        if (!_chance.Hits(0.3))
            return;
        _node = world.NodeName(_chance.Below(SimulatedWorld.Nodes));
        for (var change = 0; change < Changes; change++)
        {
            var group = change == Changes - 1 ? "" : $"mig-{change}";
            world.Schedule.After(world.Chaos.Span * change / Changes, () => Change(group));
        }
    }

    /// <summary>The node as its labels are now.</summary>
    public ClusterNode Of(ClusterNode node) => node.Name == _node && _group.Length > 0 ? node with { Group = _group } : node;

    private void Change(string group)
    {
        _group = group;
        if (world.IsHidden(_node))
            return;
        var node = Synchronously.Run(world.Cluster.ListAsync(default)).Nodes.Single(node => node.Name == _node);
        world.Hotpath?.Submit(ClusterDiff.UpsertOf(Of(node)));
    }
}
