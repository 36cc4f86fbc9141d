using FsCheck;
using FsCheck.Fluent;
using Pipeline.Scheduling.Snapshots;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Snapshots;

public class NodeChangesTests
{
    [Fact]
    public void Whatever_happens_the_changes_lead_from_one_snapshot_to_the_other()
    {
        var steps = Gen.Elements("add", "remove", "place", "release").Zip(Gen.Choose(0, 150)).ListOf();
        Prop.ForAll(steps.ToArbitrary(), script =>
        {
            var cluster = new TestCluster();
            for (var node = 0; node < 100; node++)
                cluster.AddNode(Name(node));
            var before = cluster.Snapshot();
            foreach (var (step, number) in script)
                Run(cluster, step, number);
            var after = cluster.Snapshot();
            var changes = after.NodesChangedSince(before);

            // The oracle looks at every node.
            var (old, now) = (Look(before), Look(after));
            Assert.Equal(now.Where(node => !old.TryGetValue(node.Key, out var was) || was != node.Value).Select(node => node.Key).Order(), changes.Changed.Select(node => node.Name).Order());
            Assert.Equal(old.Keys.Where(name => !now.ContainsKey(name)).Order(), changes.Removed.Order());
        }).QuickCheckThrowOnFailure();
    }

    private static void Run(TestCluster cluster, string step, int number)
    {
        switch (step)
        {
            case "add":
                cluster.AddNode(Name(number));
                break;
            case "remove":
                cluster.Remove(Name(number));
                break;
            case "place":
                cluster.Place((ulong)number + 1);
                break;
            default:
                cluster.Release((ulong)number + 1);
                break;
        }
    }

    private static Dictionary<string, string> Look(ClusterSnapshot snapshot)
        => snapshot.Nodes().ToDictionary(node => node.Name, node => $"{node.Index} {node.Health} {node.Group} {node.CpuUsedMilli} {string.Join(',', node.GpuUsedMilli.ToArray())}");

    private static string Name(int node) => $"gpu-{node:000}";
}
