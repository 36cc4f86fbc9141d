using System.Text;
using Pipeline.Contracts;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Simulated;

namespace Pipeline.Hotpath.Tests.Cluster.Simulated;

/// <summary>Seeded calls of every kind, and everything that can be seen of a cluster as text.</summary>
internal static class Script
{
    public static void Step(Random random, SimulatedCluster cluster, FakeTime time, int step)
    {
        time.Advance(TimeSpan.FromSeconds(random.Next(12)));
        var listing = Bench.Now(cluster.ListAsync(default));
        var node = listing.Nodes[random.Next(listing.Nodes.Count)].Name;
        var workload = listing.Workloads[random.Next(listing.Workloads.Count)];
        var kind = SimulatedCluster.Kinds[random.Next(SimulatedCluster.Kinds.Count)].Name;
        var action = (NodeActionKind)random.Next(4);
        var gpu = random.Next(8);
        switch (random.Next(9))
        {
            case 0:
                cluster.BreakAsync(new SimulatedFault(node, kind, gpu), default);
                break;
            case 1 or 2:
                cluster.StartAsync(new NodeAction($"run/{step}", node, action, 0), default);
                break;
            case 3:
                cluster.MarkAsync(new NodeMark(node, $"run-{step % 3}", "Acting", action.ToString()), default);
                break;
            case 4:
                cluster.UnmarkAsync(node, $"run-{step % 3}", default);
                break;
            case 5:
                cluster.SetForeignCordon(node, gpu == 0);
                break;
            case 6:
                cluster.EvictAsync(workload.Id, default);
                break;
            default:
                Bind(cluster, new WorkloadBinding(workload.Id, node, (1u << workload.GpuCount) - 1));
                break;
        }
    }

    public static string Picture(SimulatedCluster cluster)
    {
        var text = new StringBuilder();
        var listing = Bench.Now(cluster.ListAsync(default));
        foreach (var node in listing.Nodes)
        {
            text.AppendLine(node.ToString()).AppendLine(cluster.MarkOf(node.Name)?.ToString());
            text.AppendJoin('\n', Bench.Now(cluster.CheckHealthAsync(node.Name, default)).Problems).AppendLine();
            text.AppendJoin('\n', cluster.ActionsOf(node.Name)).AppendLine();
            text.AppendJoin(' ', Bench.Now(cluster.ListWorkloadsAsync(node.Name, default)).Select(workload => workload.Id)).AppendLine();
        }

        text.AppendJoin('\n', listing.Workloads).AppendLine();
        text.Append(cluster.NextDue).Append(' ').Append(cluster.WorkloadsKilled);
        return text.ToString();
    }

    private static void Bind(SimulatedCluster cluster, WorkloadBinding place)
    {
        try
        {
            cluster.BindAsync(place, default);
        }
        catch (HotpathUnavailableException exception) when (exception.Refused)
        {
            // As good an answer as any: the picture shows that nothing came of it.
        }
    }
}
