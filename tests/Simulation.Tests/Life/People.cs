using Pipeline.Contracts;
using Pipeline.Contracts.Cluster;
using Pipeline.Contracts.V1;
using Pipeline.Simulation.Tests.Core;

namespace Pipeline.Simulation.Tests.Life;

/// <summary>Cordons and uncordons nodes without asking, replaces hardware, and gives nodes back.</summary>
internal sealed class People(SimulatedWorld world)
{
    public void Plan()
    {
        for (var i = world.Chance.Below(6); i > 0; i--)
            world.Schedule.After(world.Chance.Between(0, world.Chaos.Span), Cordon);
        for (var i = world.Chance.Below(6); i > 0; i--)
            world.Schedule.After(world.Chance.Between(0, world.Chaos.Span), GiveBack);
    }

    private void Cordon()
    {
        var node = world.NodeName(world.Chance.Below(SimulatedWorld.Nodes));
        world.Cluster.SetForeignCordon(node, true);
        if (world.Chance.Hits(0.8))
            world.Schedule.After(world.Chance.Between(0, 15 * 60_000), () => world.Cluster.SetForeignCordon(node, false));
    }

    private void GiveBack()
    {
        for (var i = 0; i < SimulatedWorld.Nodes; i++)
        {
            if (world.Hotpath?.State.Repair.RunOfNode(i) is not { Ended: true } run)
                continue;
            if (world.Chance.Hits(0.7))
                Synchronously.Run(world.Cluster.BreakAsync(new SimulatedFault(run.NodeName, "replaceHardware", 0), default));
            try
            {
                Synchronously.Run(world.Api.ReturnNodeAsync(new ReturnNodeRequest { Node = run.NodeName, Actor = "a person" }));
            }
            catch (HotpathUnavailableException)
            {
                // People look at the answer, and try another time.
            }
        }
    }
}
