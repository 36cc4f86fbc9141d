using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Explain;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Queue;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Explain;

/// <summary>Makes the change that a remedy names, and nothing else, on a copy of the cluster.</summary>
internal static class RemedyTrial
{
    public static Explanation Explain(TestCluster cluster, PendingJob job)
        => (Explanation)cluster.Do(job.Gang is null ? new ExplainCommand { Workload = job.Id } : new ExplainCommand { Gang = job.Id }).Detail!;

    /// <summary>The change that is named lets the job run, and the next smaller one of its kind does not.</summary>
    public static void Check(TestCluster cluster, PendingJob job, Remedy remedy)
    {
        var enough = PlacedAfter(cluster, job, remedy);
        Assert.True(enough.Outcome == Outcome.Done, $"{remedy.Code} {remedy.Amount} '{remedy.Subject}' gave {enough.Outcome} {enough.Detail}");
        // Nodes kept for others may take a job that says how long it runs, and no remedy is about them.
        if (job.Gang is null && (job.Traits is not { ExpectedSeconds: 0, Reservation: 0 } || !cluster.State.Reservations.Holds.IsEmpty))
            return;
        foreach (var less in SmallerThan(job, remedy))
        {
            var tooLittle = PlacedAfter(cluster, job, less);
            Assert.True(tooLittle.Outcome != Outcome.Done, $"Instead of {remedy.Code} {remedy.Amount} '{remedy.Subject}', {less.Amount} does");
        }
    }

    /// <summary>The changes of the same kind that are smaller by the least that can be.</summary>
    private static IEnumerable<Remedy> SmallerThan(PendingJob job, Remedy remedy) => remedy.Code switch
    {
        RemedyCode.RaiseQuota => [remedy with { Amount = remedy.Amount - 1 }],
        RemedyCode.AllowTier => [remedy with { Amount = remedy.Amount - 1 }],
        RemedyCode.FewerMembers => [remedy with { Amount = remedy.Amount + 1 }],
        RemedyCode.FewerGpus when remedy.Amount + 1 < job.Shape.GpuCount => [remedy with { Amount = remedy.Amount + 1 }],
        RemedyCode.LessCpu => [remedy with { Amount = remedy.Amount + 1 }],
        RemedyCode.LessMemory => [remedy with { Amount = remedy.Amount + 1 }],
        RemedyCode.FreeNode => remedy.Workloads.Select(spared => remedy with { Workloads = remedy.Workloads.Remove(spared) }),
        _ => [],
    };

    private static Reply PlacedAfter(TestCluster cluster, PendingJob job, Remedy remedy)
    {
        var fork = cluster.Fork();
        var changed = Apply(fork, job, remedy);
        NodeSelection?[] selections = [.. job.Selections.Select((id, role) => id == 0 ? null : new NodeSelection(id, cluster.State.Pending.Selections.NodesOf(job, role)))];
        // The job alone is asked about: others that wait may be just as glad of the change.
        if (job.Gang is null)
            fork.Release(job.Id);
        return Place(fork, changed, selections);
    }

    private static Reply Place(TestCluster cluster, PendingJob job, NodeSelection?[] selections) => job.Gang is { } gang
        ? cluster.Do(new PlaceGangCommand { Gang = gang, Selection = selections is [var all] ? all : null, RoleSelections = selections.Length > 1 ? [.. selections] : [] })
        : cluster.Do(new PlaceCommand
        {
            Workload = job.Id,
            GpuCount = job.Shape.GpuCount,
            GpuMilli = job.Shape.GpuMilli,
            CpuMilli = job.Shape.CpuMilli,
            MemoryMib = job.Shape.MemoryMib,
            Groups = job.Shape.Groups,
            Traits = job.Traits,
            Selection = selections[0],
        });

    private static PendingJob Apply(TestCluster cluster, PendingJob job, Remedy remedy)
    {
        var (nodes, shape) = (cluster.State.Nodes, job.Shape);
        switch (remedy.Code)
        {
            case RemedyCode.RaiseQuota:
                cluster.SetPolicy(Raised(cluster, job, remedy));
                return job;
            case RemedyCode.AcceptGroup:
                return job with { Shape = shape with { Groups = shape.Groups.With(nodes.Groups.IndexOf(remedy.Subject)) } };
            case RemedyCode.AllowTier: return job with { Gang = job.Gang! with { HighestTier = (int)remedy.Amount } };
            case RemedyCode.FewerMembers: return job with { Gang = job.Gang! with { MinMembers = (int)remedy.Amount } };
            case RemedyCode.LessCpu: return job with { Shape = shape with { CpuMilli = remedy.Amount } };
            case RemedyCode.LessMemory: return job with { Shape = shape with { MemoryMib = remedy.Amount } };
            case RemedyCode.FewerGpus: return job with { Shape = shape with { GpuCount = (int)remedy.Amount } };
            case RemedyCode.AsSpot:
                return job with
                {
                    Traits = job.Traits with { Provisioning = Provisioning.Spot },
                    Gang = job.Gang is { } gang ? gang with { Traits = gang.Traits with { Provisioning = Provisioning.Spot } } : null,
                };
            case RemedyCode.ReturnNode:
                Return(cluster, IndexOf(nodes, remedy));
                return job;
            case RemedyCode.FreeNode:
                foreach (var workload in remedy.Workloads)
                    cluster.Release(workload);
                return job;
            default: throw new InvalidOperationException(remedy.Code.ToString());
        }
    }

    private static int IndexOf(NodeTable nodes, Remedy remedy) => nodes.TryFind(remedy.Subject, out var node) ? node : -1;

    // A repair gives the node back, or a person takes the cordon off; nothing else about it changes.
    private static void Return(TestCluster cluster, int node)
    {
        var (nodes, shape) = (cluster.State.Nodes, cluster.State.Nodes.ShapeOf(node));
        if (nodes.HealthOf(node) == NodeHealth.Quarantined)
        {
            nodes.SetQuarantine(node, 0);
            return;
        }
        cluster.Do(new UpsertNodeCommand
        {
            Name = nodes.NameOf(node),
            GpuCount = shape.Gpus,
            CpuMilli = shape.Cpu,
            MemoryMib = shape.Memory,
            Group = nodes.Groups[shape.Group],
            TopologyLeaf = shape.Leaf,
            Reachable = shape.Reachable,
            ForeignCordon = false,
            MaxWorkloads = shape.MaxWorkloads,
            Zone = shape.Zone,
        });
    }

    /// <summary>The policy with more of the group that is named, and of no other.</summary>
    private static SchedulingPolicy Raised(TestCluster cluster, PendingJob job, Remedy remedy)
    {
        var policy = cluster.State.Tenancy.Policy;
        var name = cluster.State.Tenancy.Projects[job.Traits.Project];
        var raise = remedy.Amount;
        return policy with
        {
            Projects = [.. policy.Projects.Select(project => project.Name != name ? project : project with
            {
                Quotas = [.. project.Quotas.Where(quota => quota.Group != remedy.Subject).Append(Raise(project.QuotaFor(remedy.Subject)!)).OrderBy(quota => quota.Group, StringComparer.Ordinal)],
            })],
        };

        Quota Raise(Quota quota) => job.Traits.Provisioning switch
        {
            Provisioning.Reserved => quota with { Group = remedy.Subject, Reserved = quota.Reserved + raise },
            Provisioning.OnDemand => quota with { Group = remedy.Subject, OnDemand = quota.OnDemand + raise },
            _ => quota with { Group = remedy.Subject, Spot = quota.Spot + raise },
        };
    }
}
