using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Simulated.Storage;

namespace Pipeline.Hotpath.Cluster.Simulated.State;

/// <summary>Workloads come pending, and go when they end; a controller replaces what it lost.</summary>
internal sealed partial class SimulationState
{
    private Dictionary<ulong, ulong> _gangs = [];

    private void Create(Created change)
    {
        var shapes = WorkloadSeeds.Initial(Nodes, change.FillPercent, change.Seed);
        _gangs = LabelSeeds.Gangs(shapes, change.Seed);
        if (change.Image)
            return;
        foreach (var shape in shapes)
            AddPending(NextWorkload, shape);
    }

    private void AddPending(ulong controller, WorkloadShape shape)
    {
        var workload = new SimulatedWorkload(NextWorkload++, controller, shape, KindOf(controller));
        _workloads.Add(workload.Id, workload);
        Events?.Publish(new ClusterEvent.WorkloadPending(workload.ToContract()));
    }

    private WorkloadKind KindOf(ulong controller)
        => LabelSeeds.Of(controller, _gangs.TryGetValue(controller, out var first) ? first : null, _options.Seed);

    private void KillWorkloads(SimulatedNode node, uint gpus, DateTimeOffset at)
    {
        foreach (var workload in node.Workloads.FindAll(workload => (workload.GpuMask & gpus) != 0))
        {
            WorkloadsKilled++;
            End(workload, finished: false, at);
        }
    }

    private void End(SimulatedWorkload workload, bool finished, DateTimeOffset at)
    {
        _workloads.Remove(workload.Id);
        if (workload.Node is { } node)
        {
            node.Workloads.Remove(workload);
            TellLoad(node, at);
        }

        Events?.Publish(new ClusterEvent.WorkloadDeleted(workload.Id));
        if (finished)
            AddPending(NextWorkload, workload.Shape with { GpuCount = WorkloadSeeds.Size(_options.Seed, NextWorkload) });
        else
            AddPending(workload.Controller, workload.Shape);
    }
}
