using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Simulated;
using Pipeline.Simulation.Tests.Core;

namespace Pipeline.Simulation.Tests.Life;

/// <summary>Breaks parts at random times: single faults, storms, faults that belong together, and alerts about nothing.</summary>
internal sealed class FaultSource(SimulatedWorld world, AlertSource alerts)
{
    private static readonly string[][] Scripts =
    [
        ["xid48", "xid63"], ["xid64", "xid48"], ["xid13", "xid13", "xid13"], ["xid63", "xid63"], ["driverHung", "nodeUnreachable"],
        ["rebootStuck", "xid79"], ["deadGpu"], ["gpuResetStuck", "xid95"], ["thermal", "xid109"], ["xid13", "xid79"], ["xid109", "xid154"],
    ];

    public void Plan()
    {
        for (var i = 0; i < world.Chaos.Faults; i++)
            world.Schedule.After(world.Chance.Between(0, world.Chaos.Span), BreakSomething);
    }

    private void BreakSomething()
    {
        switch (world.Chance.Below(10))
        {
            case 0:
                alerts.Raise("GpuXidCritical", new Dictionary<string, string> { ["node"] = "gpu-9999", ["gpu"] = "1", ["xid"] = "79" });
                break;
            case 1:
                alerts.Raise(world.Chance.Of("TestAlert", "DatasourceNoData", "DiskAlmostFull"), new Dictionary<string, string> { ["node"] = Node() });
                break;
            case 2:
                for (var i = world.Chance.Below(5) + 2; i > 0; i--)
                    Break(Node(), Kind(), world.Chance.Below(8));
                break;
            case 3 or 4 or 5:
                Run(world.Chance.Of<string[]>(Scripts));
                break;
            default:
                Break(Node(), Kind(), world.Chance.Below(8));
                break;
        }
    }

    private void Run(string[] script)
    {
        var (node, gpu, delay) = (Node(), world.Chance.Below(8), 0L);
        foreach (var kind in script)
        {
            world.Schedule.After(delay, () => Break(node, kind, gpu));
            delay += world.Chance.Between(0, 120_000);
        }
    }

    private void Break(string node, string kind, int gpu)
    {
        if (world.IsCalm)
            return;
        var broken = Synchronously.Run(world.Cluster.BreakAsync(new SimulatedFault(node, kind, gpu), default));
        BrokenInvariantException.Unless(broken.Error is null, "a fault breaks a part", () => broken.Error!);
        world.Trace.Add("broken", node, kind, gpu);
        if (broken.AlertName.Length > 0)
            alerts.Raise(broken.AlertName, broken.Labels);
    }

    private string Kind() => SimulatedCluster.Kinds[world.Chance.Below(SimulatedCluster.Kinds.Count)].Name;

    // A few nodes get most of the faults, so that faults meet on one node.
    private string Node() => world.NodeName(world.Chance.Hits(0.6) ? world.Chance.Below(3) : world.Chance.Below(SimulatedWorld.Nodes));
}
