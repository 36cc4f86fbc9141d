using Pipeline.Contracts;
using Pipeline.Contracts.Cluster;
using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Composition;

/// <summary>The hotpath as the functions use it, in this process or in another.</summary>
internal interface IHotpath : IAsyncDisposable
{
    IRepairApi Repair { get; }

    IClusterApi Cluster { get; }

    INodeWorkloads Workloads { get; }

    INodeActions Nodes { get; }

    ISimulation Simulation { get; }

    /// <summary>Completes when it broke so that this process must start again.</summary>
    Task Crashed { get; }

    /// <summary>Gives it the policy and lets it wake the functions.</summary>
    Task StartAsync(RepairPolicy policy, IWakeups wakeups, CancellationToken cancellation);

    /// <summary>Null when a fault can be made durable, otherwise what is wrong.</summary>
    ValueTask<string?> NotReadyReasonAsync(CancellationToken cancellation);
}
