using Microsoft.Extensions.Logging;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Pending;
using Pipeline.Hotpath.Cluster.Repairs;
using Pipeline.Hotpath.Loop;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Repair;
using Pipeline.Scheduling.Snapshots;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Hotpath.Cluster;

/// <summary>What it takes to make the model say what the cluster says.</summary>
internal sealed class ClusterDiff(EngineLoop loop, RunResumption resumption, ILogger logger)
{
    // Keeps the loop's queue busy without filling it.
    private const int InFlight = 256;

    // Nodes are dated by the cluster's clock, runs by ours. In milliseconds.
    private const long ClockSkew = 60_000;

    private readonly Queue<(string Subject, ValueTask<Reply> Reply)> _inFlight = new();

    /// <param name="before">What the model held before the listing was asked for.</param>
    /// <param name="isHeld">A pending workload has a place that is nobody else's.</param>
    /// <returns>The model under whose policy the workloads were told.</returns>
    public async Task<ClusterSnapshot> ApplyAsync(ClusterSnapshot before, ClusterListing listing, Func<ulong, bool> isHeld, CancellationToken cancellation)
    {
        foreach (var node in listing.Nodes)
            await SubmitAsync(node.Name, UpsertOf(node)).ConfigureAwait(false);
        var nodes = listing.Nodes.Select(node => node.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var gone in before.Nodes().Where(node => !nodes.Contains(node.Name)))
            await SubmitAsync(gone.Name, new RemoveNodeCommand { Name = gone.Name }).ConfigureAwait(false);

        await SubmitAsync("the network", TopologyOf(listing.Domains)).ConfigureAwait(false);

        // Before those who name them: a budget gets its index when it is told.
        foreach (var budget in listing.Budgets)
            await SubmitAsync(budget.Name, BudgetOf(budget)).ConfigureAwait(false);
        foreach (var gone in GoneBudgets(before, listing))
            await SubmitAsync(gone, new RemoveBudgetCommand { Name = gone }).ConfigureAwait(false);
        await FinishAsync().ConfigureAwait(false);

        await resumption.ResumeAsync(listing.Nodes, cancellation).ConfigureAwait(false);

        foreach (var node in MadeAnew(listing.Nodes))
        {
            await SubmitAsync(node.Name, new RemoveNodeCommand { Name = node.Name }).ConfigureAwait(false);
            await SubmitAsync(node.Name, UpsertOf(node)).ConfigureAwait(false);
        }

        // Releases go first, so that what the cluster has moved fits where it is now.
        var workloads = listing.Workloads.ToDictionary(workload => workload.Id);
        foreach (var gone in before.Workloads().Where(placed => IsGone(before, placed, workloads, isHeld)))
            await SubmitAsync(gone.Name, new ReleaseCommand { Workload = gone.Id }).ConfigureAwait(false);
        foreach (var left in before.Departing.Where(id => workloads.GetValueOrDefault(id)?.Node is not { Length: > 0 }))
            await SubmitAsync("", new ReleaseCommand { Workload = left }).ConfigureAwait(false);
        var now = loop.Snapshot;
        foreach (var bound in listing.Workloads.Where(workload => workload.Node.Length > 0))
            await SubmitAsync(bound.Name, WorkloadCommands.BindOf(now, bound)).ConfigureAwait(false);
        foreach (var saved in listing.Workloads.Where(workload => workload is { Node.Length: > 0, Labels.CheckpointAge: not null }))
            await SubmitAsync(saved.Name, CheckpointOf(saved)).ConfigureAwait(false);
        foreach (var node in listing.Nodes)
        {
            if (OnMark(node) is { } change)
                await SubmitAsync(node.Name, change).ConfigureAwait(false);
        }

        await FinishAsync().ConfigureAwait(false);
        return now;
    }

    /// <summary>Tells what the model does not take, or not wholly: such a node gets no workloads, such a workload is not counted.</summary>
    public static void Report(ILogger logger, string subject, in Reply reply)
    {
        if (reply.Detail is Ungrouped ungrouped)
            ClusterLog.NotTaken(logger, subject, ungrouped.ToString());
        if (reply.Outcome == Outcome.Invalid || (reply.Outcome == Outcome.NotFound && reply.Detail is not null))
            ClusterLog.NotTaken(logger, subject, reply.Detail as string ?? "");
    }

    public static UpsertNodeCommand UpsertOf(ClusterNode node) => new()
    {
        Name = node.Name,
        GpuCount = node.GpuCount,
        CpuMilli = node.CpuMilli,
        MemoryMib = node.MemoryMib,
        Group = node.Group,
        TopologyLeaf = node.TopologyLeaf,
        Reachable = node.Reachable,
        ForeignCordon = node.CordonOwner == ClusterNode.Person,
        Zone = (ZoneRole)node.Zone,
        MaxWorkloads = node.MaxWorkloads,
    };

    public static SetBudgetCommand BudgetOf(ClusterBudget budget) => new() { Name = budget.Name, Allowed = budget.Allowed };

    public static ReportCheckpointCommand CheckpointOf(ClusterWorkload workload)
        => new() { Workload = workload.Id, AgeSeconds = workload.Labels.CheckpointAge ?? 0 };

    /// <summary>What others have done to a run's mark, as the run is told of it; null: nothing.</summary>
    public static Command? OnMark(ClusterNode node) => node switch
    {
        { Lifted: { Length: > 0 } run } => new UncordonCommand { Node = node.Name, Run = run, Actor = ClusterNode.Person },
        { Lost: { Length: > 0 } run } => new ConfirmMarkCommand { Node = node.Name, Run = run, Marked = false },
        _ => null,
    };

    public static SetTopologyCommand TopologyOf(IReadOnlyList<ClusterDomain> domains) => new()
    {
        Domains = [.. domains.Select(domain => new DomainDefinition(domain.Name, domain.Tier, [.. domain.Nodes], [.. domain.Domains]))],
    };

    /// <summary>
    /// Nodes of the name of one that left unseen, of which a run still holds what concerned that one. What still fires opens another run, as when
    /// the node is seen to leave; one for whose faults no playbook is in force stays.
    /// </summary>
    private List<ClusterNode> MadeAnew(IReadOnlyList<ClusterNode> nodes)
    {
        var repair = loop.Snapshot.Repair;
        var runs = repair.ByNode.Values.Select(repair.RunByNumber).OfType<Run>()
            .Where(run => run.Episodes.All(episode => episode.Resolved || repair.Policy.Classes.ContainsKey(episode.FaultClass)))
            .ToDictionary(run => run.NodeName, StringComparer.Ordinal);
        return runs.Count == 0 ? [] : [.. nodes.Where(node => runs.TryGetValue(node.Name, out var run) && node.MadeAt > run.OpenedAt + ClockSkew)];
    }

    // A cluster that lists no budgets may be one that knows of none; those of the model are then a caller's.
    private static IEnumerable<string> GoneBudgets(ClusterSnapshot before, ClusterListing listing)
        => listing.Budgets.Count == 0 ? [] : before.Budgets.Where(budget => !budget.IsGone).Select(budget => budget.Name).Except(listing.Budgets.Select(budget => budget.Name));

    // An assumption that the cluster has not heard of, or lists as pending, belongs to somebody who is about to bind; it expires by itself.
    private static bool IsGone(ClusterSnapshot before, WorkloadView placed, Dictionary<ulong, ClusterWorkload> listed, Func<ulong, bool> isHeld)
    {
        if (!listed.TryGetValue(placed.Id, out var workload))
            return !placed.Assumed;
        return workload.Node.Length > 0 ? !IsOn(before, placed, workload.Node) : !placed.Assumed && !IsKept(before, placed, workload, isHeld);
    }

    // One that may be there only, and was to be, waits for what that node is being made ready with: it asked for before this process was started.
    private static bool IsKept(ClusterSnapshot before, WorkloadView placed, ClusterWorkload pending, Func<ulong, bool> isHeld)
        => isHeld(placed.Id) || (!pending.Foreign && pending.Nodes?.Admitted() is { Count: 1 } only && IsOn(before, placed, only.First()));

    private static bool IsOn(ClusterSnapshot snapshot, WorkloadView placed, string node)
        => snapshot.TryGetNode(placed.Node, out var holder) && holder.Name == node;

    private async ValueTask SubmitAsync(string subject, Command command)
    {
        if (_inFlight.Count >= InFlight)
            await FinishOneAsync().ConfigureAwait(false);
        _inFlight.Enqueue((subject, loop.SubmitAsync(command)));
    }

    private async ValueTask FinishAsync()
    {
        while (_inFlight.Count > 0)
            await FinishOneAsync().ConfigureAwait(false);
    }

    private async ValueTask FinishOneAsync()
    {
        var (subject, reply) = _inFlight.Dequeue();
        Report(logger, subject, await reply.ConfigureAwait(false));
    }
}
