using Pipeline.Contracts;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Simulated.Hardware;
using Pipeline.Hotpath.Cluster.Simulated.State;
using Pipeline.Hotpath.Cluster.Simulated.Storage;

namespace Pipeline.Hotpath.Cluster.Simulated;

/// <summary>What a Kubernetes control plane does with workloads: binds, evicts with grace, honours disruption budgets, replaces.</summary>
internal sealed class WorkloadKeeper(SimulatedClusterOptions options, SimulationState state, ChangeLog log)
{
    private const int ChurnProbes = 64;

    private static readonly TimeSpan ShortestGrace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestGrace = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ShortestBlock = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestBlock = TimeSpan.FromSeconds(60);

    public bool Bind(WorkloadBinding binding, DateTimeOffset now)
    {
        if (state.FindWorkload(binding.Workload) is not { } workload)
            return false;
        if (!workload.Fits(binding.GpuMask) || (binding.GpuMask & ~NodeHardware.AllGpus) != 0)
        {
            throw new ArgumentException(
                $"GpuMask 0x{binding.GpuMask:X} does not name {workload.Shape.GpuCount} of {NodeHardware.GpuCount} GPUs.", nameof(binding));
        }

        if (workload.Node is { } bound)
            return bound.Name == binding.Node && workload.GpuMask == binding.GpuMask && workload.TerminatesAt is null;
        if (state.FindNode(binding.Node) is not { } node || !Admits(node, workload.Shape, binding.GpuMask))
            throw new HotpathUnavailableException($"Node '{binding.Node}' does not take workload {binding.Workload} now.", TimeSpan.Zero) { Refused = true };
        log.Commit(new Bound(now, workload.Id, node.Name, binding.GpuMask));
        return true;
    }

    public EvictionOutcome Evict(ulong id, DateTimeOffset now)
    {
        if (state.FindWorkload(id) is not { } workload)
            return EvictionOutcome.Gone;
        if (workload.TerminatesAt is not null)
            return EvictionOutcome.Accepted;
        if (IsBlocked(workload, now))
            return EvictionOutcome.Blocked;
        if (workload.Node is null)
            log.Commit(new WorkloadEnded(now, id, Finished: false));
        else
            log.Commit(new EvictionAccepted(now, id, now + Between(ShortestGrace, LongestGrace, "grace", id)));
        return EvictionOutcome.Accepted;
    }

    /// <summary>On an unreachable node nobody can confirm that it stopped: it stays, terminating, until the node is back.</summary>
    public void FinishTermination(Due due)
    {
        if (state.FindWorkload(due.Subject) is { } workload && workload.TerminatesAt == due.At && workload.Node!.Hardware.Reachable)
            log.Commit(new WorkloadEnded(due.At, workload.Id, Finished: false));
    }

    /// <summary>Churn is not made up for: after a clock that stood still it goes on at its pace.</summary>
    public void ScheduleChurn(DateTimeOffset now)
    {
        if (options.Churn > 0)
            state.Due.Add(new Due(DueKind.Churn, 0, now + options.Scaled(TimeSpan.FromMinutes(1) / options.Churn)));
    }

    public void Churn(Due due)
    {
        var start = (int)(Dice.Fraction(options.Seed, "churn", (ulong)due.At.UtcTicks) * state.Nodes.Length);
        for (var probe = 0; probe < Math.Min(ChurnProbes, state.Nodes.Length); probe++)
        {
            var node = state.Nodes[(start + probe) % state.Nodes.Length];
            if (!node.Hardware.Reachable || node.Workloads.Find(workload => workload.TerminatesAt is null) is not { } finished)
                continue;
            log.Commit(new WorkloadEnded(due.At, finished.Id, Finished: true));
            return;
        }
    }

    private static bool Admits(SimulatedNode node, WorkloadShape shape, uint gpuMask)
    {
        if (!node.Hardware.Reachable || node.CordonOwner.Length != 0 || shape.Group != node.Group || (node.BusyMask() & gpuMask) != 0)
            return false;
        var (cpu, memory) = (shape.CpuMilli, shape.MemoryMib);
        foreach (var other in node.Workloads)
        {
            cpu += other.Shape.CpuMilli;
            memory += other.Shape.MemoryMib;
        }

        return cpu <= SimulatedNode.CpuMilli && memory <= SimulatedNode.MemoryMib;
    }

    private bool IsBlocked(SimulatedWorkload workload, DateTimeOffset now)
    {
        if (Dice.Fraction(options.Seed, "budget", workload.Controller) * 100 >= options.BudgetPercent)
            return false;
        if (workload.BlockedUntil is null)
            log.Commit(new EvictionBlocked(now, workload.Id, now + Between(ShortestBlock, LongestBlock, "block", workload.Id)));
        return now < workload.BlockedUntil;
    }

    private TimeSpan Between(TimeSpan low, TimeSpan high, string purpose, ulong id)
        => options.Scaled(Dice.Between(low, high, Dice.Fraction(options.Seed, purpose, id)));
}
