using System.Text.Json;
using Pipeline.Contracts.Cluster;
using Pipeline.Functions.Hosting;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Repair;
using Pipeline.Scheduling.Snapshots;
using Pipeline.Simulation.Tests.Core;
using Pipeline.Simulation.Tests.Product;
using static Pipeline.Simulation.Tests.Core.BrokenInvariantException;

namespace Pipeline.Simulation.Tests.Invariants;

/// <summary>What must hold when the world has come to rest.</summary>
internal static class EndInvariants
{
    public static void Check(SimulatedWorld world)
    {
        var hotpath = world.Hotpath!;
        CheckRuns(hotpath.State.Repair);
        world.Invariants.Alerts.Check(hotpath.State);
        CheckMarks(world.Cluster.MarkOf, world, hotpath.State);
        CheckActions(world, hotpath.State.Repair);
        CheckQueue(world.Queue, hotpath.State.Repair);
        CheckWorkloads(world, hotpath);
        ReplayInvariants.Check(ReplayInvariants.HashOf(hotpath.State), hotpath.Journal, world.Store);
    }

    private static void CheckRuns(RepairState repair)
    {
        foreach (var (_, run) in repair.Live)
            throw new BrokenInvariantException($"every run ends: {run.Id} is {run.State} {run.Step} {run.Attempt}, deadline {run.Deadline}");
        foreach (var (_, run) in repair.Ended)
        {
            Unless(
                run.State is RunState.Healthy or RunState.Escalated or RunState.NeedsHardware, "a run ends in an end", () => $"{run.Id} is {run.State}");
            Unless(run.State != RunState.Healthy || !run.Holds, "a healthy run holds no node", () => run.Id);
            Unless(run.Marking.Settled, "marks settle", () => $"{run.Id} wants '{run.Marking.Wanted}', has '{run.Marking.Confirmed}'");
            Unless(run.Tellings is [{ } told] && told.Told == run.Timeline.Length, "every story is told", () => run.Id);
        }
    }

    private static void CheckMarks(Func<string, NodeMark?> markOf, SimulatedWorld world, ClusterState state)
    {
        for (var i = 0; i < SimulatedWorld.Nodes; i++)
        {
            var name = world.NodeName(i);
            var mark = markOf(name);
            var holder = state.Nodes.TryFind(name, out var node) && state.Repair.RunOfNode(node) is { Holds: true } run ? run : null;
            Unless(
                holder is null ? mark is null : mark?.Run == holder.Id && mark.State == holder.State.ToString(),
                "the cluster carries the marks of the runs that hold nodes, and no others", () => $"{name}: {mark}, held by {holder?.Id} {holder?.State}");
        }
    }

    /// <summary>Every boot that really happened is one attempt of its run.</summary>
    private static void CheckActions(SimulatedWorld world, RepairState repair)
    {
        for (var i = 0; i < SimulatedWorld.Nodes; i++)
        {
            var keys = new HashSet<string>(StringComparer.Ordinal);
            foreach (var action in world.Cluster.ActionsOf(world.NodeName(i)))
            {
                Unless(keys.Add(action.Key), "an attempt acts once", () => action.Key);
                var slash = action.Key.LastIndexOf('/');
                var attempt = int.Parse(action.Key.AsSpan(slash + 1), System.Globalization.CultureInfo.InvariantCulture);
                Unless(
                    repair.RunById(action.Key[..slash]) is { } run && run.NodeName == action.Node
                        && run.Timeline.Any(e => e.Reason == Reason.AttemptBegun && e.Attempt == attempt && e.Step.ToString() == action.Kind.ToString()),
                    "every action stands in the story of its run", () => action.ToString());
            }
        }
    }

    private static void CheckQueue(QueuePlayer queue, RepairState repair)
    {
        foreach (var item in queue.Messages(QueueWakeups.StepsQueue))
        {
            using var json = JsonDocument.Parse(item.Body);
            var run = repair.RunById(json.RootElement.GetProperty("run").GetString()!);
            Unless(run is null or { Ended: true }, "no live step waits for ever", () => item.Body);
        }
    }

    private static void CheckWorkloads(SimulatedWorld world, HotpathProcess hotpath)
    {
        var placed = hotpath.Snapshot.Workloads().ToDictionary(workload => workload.Id);
        var listed = Synchronously.Run(world.Cluster.ListAsync(default)).Workloads;
        foreach (var workload in listed.Where(workload => workload.Node.Length > 0))
        {
            Unless(
                placed.Remove(workload.Id, out var view) && !view.Assumed && view.GpuMask == workload.GpuMask && NodeName(hotpath.Snapshot, view) == workload.Node,
                "the model has each bound workload where it is", () => $"{workload}");
        }

        Unless(placed.Count == 0, "the model has no workload that the cluster does not have", () => string.Join(", ", placed.Keys));
        var waiting = hotpath.Snapshot.Pending().SelectMany(job => job.Gang is null ? [job.Id] : job.Gang.Roles.SelectMany(role => role.Members)).ToHashSet();
        var missing = listed.Where(workload => workload.Node.Length == 0 && !waiting.Remove(workload.Id)).ToList();
        Unless(missing.Count == 0, "what is pending is in the queue", () => string.Join(", ", missing));
        waiting.ExceptWith(listed.Select(workload => workload.Id));
        Unless(waiting.Count == 0, "the queue has nothing that the cluster does not list", () => string.Join(", ", waiting));
        var reply = hotpath.Submit(new ScheduleCommand());
        Unless(reply.Outcome == Outcome.Unchanged, "a workload waits only for room", () => $"{reply.Detail} could be placed");
    }

    private static string NodeName(ClusterSnapshot snapshot, WorkloadView workload) => snapshot.TryGetNode(workload.Node, out var node) ? node.Name : "";
}
