using Pipeline.Contracts;
using Pipeline.Contracts.V1;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Hotpath.Cluster;

/// <summary>What people declare in the cluster beside nodes and workloads: who may use what, and what is reserved.</summary>
public interface IDeclarations
{
    /// <summary>Completes when all that is declared is known.</summary>
    Task SyncedAsync(CancellationToken cancellation);

    /// <summary>The policy with what is declared over it. Called by one at a time; <see cref="Settle"/> follows unless the answer was for a trial only.</summary>
    /// <param name="underneath">What the policy file, or whoever replaced it at run time, says.</param>
    /// <param name="inForce">What the engine has.</param>
    SchedulingPolicy Over(SchedulingPolicy underneath, SchedulingPolicy inForce);

    /// <summary>What has become of the last answer of <see cref="Over"/>.</summary>
    /// <param name="refusal">Null: it is in force. Otherwise what is wrong with it, and what was in force before stays.</param>
    void Settle(string? refusal);

    /// <summary>Keeps the service and what is declared in step until <paramref name="cancellation"/> is signalled.</summary>
    /// <param name="setPolicy">Puts what is declared in force.</param>
    Task RunAsync(ISchedulerApi scheduler, Func<ClusterSnapshot> snapshot, Func<CancellationToken, Task> setPolicy, CancellationToken cancellation);
}
