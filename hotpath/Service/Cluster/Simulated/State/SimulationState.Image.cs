using Pipeline.Hotpath.Cluster.Simulated.Storage;

namespace Pipeline.Hotpath.Cluster.Simulated.State;

/// <summary>The whole state as changes, so that a long file can be replaced by a short one.</summary>
internal sealed partial class SimulationState
{
    public IEnumerable<Change> Image(Created created, DateTimeOffset now)
    {
        yield return created with { Image = true };
        foreach (var node in Nodes)
        {
            if (!node.Hardware.Pristine || node.Mark is not null || node.ForeignCordon)
                yield return new NodeImage(now, node.Name, node.Hardware, node.Mark, node.ForeignCordon);
            foreach (var key in node.ActionKeys)
                yield return new ActionImage(now, _actions[key]);
        }

        // Bound ones in the order of their nodes' lists: what ends them all goes through a list in that order.
        var bound = Nodes.SelectMany(node => node.Workloads);
        foreach (var workload in bound.Concat(Workloads.Where(workload => workload.Node is null)))
        {
            yield return new WorkloadImage(
                now, workload.Id, workload.Controller, workload.Shape.GpuCount, workload.Shape.Group, workload.Node?.Name,
                workload.GpuMask, workload.TerminatesAt, workload.BlockedUntil);
        }

        yield return new ImageEnd(now, NextWorkload, WorkloadsKilled);
    }

    private void ApplyImage(Change change)
    {
        switch (change)
        {
            case NodeImage image:
                var node = Node(image.Node);
                node.Hardware = image.Hardware;
                node.Mark = image.Mark;
                node.ForeignCordon = image.ForeignCordon;
                break;
            case ActionImage image:
                Remember(Node(image.Action.Node), image.Action);
                break;
            case WorkloadImage image:
                RestoreWorkload(image);
                break;
            case ImageEnd end:
                NextWorkload = end.NextWorkload;
                WorkloadsKilled = end.WorkloadsKilled;
                break;
            default:
                throw new InvalidDataException($"The simulation's file holds a change of an unknown kind, {change.GetType().Name}.");
        }
    }

    private void RestoreWorkload(WorkloadImage image)
    {
        var workload = new SimulatedWorkload(image.Id, image.Controller, new WorkloadShape(image.GpuCount, image.Group), KindOf(image.Controller))
        {
            TerminatesAt = image.TerminatesAt,
            BlockedUntil = image.BlockedUntil,
        };
        _workloads.Add(image.Id, workload);
        if (image.Node is not null)
            workload.Bind(Node(image.Node), image.GpuMask);
        if (image.TerminatesAt is { } at)
            Due.Add(new Due(DueKind.TerminationEnds, image.Id, at));
    }
}
