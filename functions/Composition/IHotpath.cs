using Pipeline.Contracts;
using Pipeline.Contracts.Cluster;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Hosting.Election;

namespace Pipeline.Functions.Composition;

/// <summary>The hotpath as the functions use it, in this process or in another.</summary>
internal interface IHotpath : IAsyncDisposable
{
    IRepairApi Repair { get; }

    ISchedulerApi Scheduler { get; }

    IClusterApi Cluster { get; }

    INodeWorkloads Workloads { get; }

    INodeActions Nodes { get; }

    /// <summary>Null when the cluster is known to be real.</summary>
    ISimulation? Simulation { get; }

    /// <summary>Completes when it broke so that this process must start again.</summary>
    Task Crashed { get; }

    /// <summary>Returns when this process may decide and act.</summary>
    /// <returns>To be disposed of last; null: no election is asked for, or it is not this process's business.</returns>
    Task<LeadershipHost?> LeadAsync(CancellationToken cancellation);

    /// <summary>Gives it the policies and lets it wake the functions.</summary>
    Task StartAsync(StartPolicies policies, IWakeups wakeups, CancellationToken cancellation);

    /// <summary>Null when a fault can be made durable, otherwise what is wrong.</summary>
    ValueTask<string?> NotReadyReasonAsync(CancellationToken cancellation);
}

/// <summary>What must be in force from the start on. A policy that is in force already changes nothing.</summary>
/// <param name="Scheduling">Null: what the hotpath has stays.</param>
internal sealed record StartPolicies(RepairPolicy Repair, SchedulingPolicy? Scheduling)
{
    public async Task SetRepairAsync(IRepairApi repair, ISimulation? simulation, CancellationToken cancellation)
        => await repair.SetPolicyAsync(simulation is null ? Repair : await PolicyTime.ScaleAsync(Repair, simulation, cancellation), cancellation);

    public Task SetSchedulingAsync(ISchedulerApi scheduler, CancellationToken cancellation)
        => Scheduling is null ? Task.CompletedTask
            : scheduler.SetSchedulingPolicyAsync(new SetSchedulingPolicyRequest { Policy = Scheduling }, cancellation);
}
