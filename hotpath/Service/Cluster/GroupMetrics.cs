using System.Diagnostics.Metrics;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Hotpath.Cluster;

/// <summary>Counts the nodes that get no workloads because there are more machine groups than the model can tell apart.</summary>
internal sealed class GroupMetrics : IDisposable
{
    private readonly Meter _meter = new("Pipeline.Hotpath");

    public GroupMetrics(Func<ClusterSnapshot> snapshot)
        => _meter.CreateObservableGauge(
            "pipeline_nodes_without_group", () => (long)Ungrouped(snapshot()),
            description: "Nodes that get no workloads because there are more machine groups in use than the model can tell apart.");

    public static int Ungrouped(ClusterSnapshot snapshot) => snapshot.Nodes().Count(node => node.GroupIndex == NodeTable.NoGroup);

    public void Dispose() => _meter.Dispose();
}
