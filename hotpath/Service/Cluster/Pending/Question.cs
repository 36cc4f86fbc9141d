using Pipeline.Contracts.Cluster;
using Pipeline.Scheduling.Commands;

namespace Pipeline.Hotpath.Cluster.Pending;

/// <summary>A command to the engine, whose reply goes to <see cref="PendingBook.Answer"/>.</summary>
/// <param name="Workload">The workload that is asked for; null for a gang, and when the reply does not matter.</param>
/// <param name="Gang">The gang that is asked for.</param>
internal sealed record Question(Command Command, ClusterWorkload? Workload = null, ClusterGang? Gang = null)
{
    /// <summary>The workload whose place, or place in the queue, is given back unless it has got another one meanwhile; 0: none.</summary>
    public ulong GivesBack { get; init; }
}

/// <summary>A pending workload and the node that it gets when others have left it.</summary>
internal sealed record Nominee(ClusterWorkload Workload, string Node);

/// <summary>A pending workload and its place.</summary>
/// <param name="Unsure">Something went wrong on the way to the cluster, or back.</param>
/// <param name="Told">The cluster was told before: it may have the workload there, or will yet.</param>
/// <param name="Held">The place has been kept for longer than it takes to bind.</param>
internal sealed record Placement(ClusterWorkload Workload, WorkloadBinding Place, bool Unsure, bool Told, bool Held);
