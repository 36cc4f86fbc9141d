using FsCheck;
using FsCheck.Fluent;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Explain;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Queue;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Explain;

/// <summary>Explanations are true: whoever makes the change that is named sees the job run.</summary>
public class RemedyPropertyTests
{
    private static readonly Config Thorough = Config.QuickThrowOnFailure.WithMaxTest(60);

    [Fact]
    public void Making_the_change_that_is_named_makes_the_job_run()
        => Prop.ForAll(MixedScript.Any(), script =>
        {
            var cluster = script.Played();
            foreach (var job in cluster.Snapshot().Pending().ToList())
            {
                var before = cluster.Snapshot().ImageHash();
                var explanation = Explain(cluster, job);
                Assert.Equal(before, cluster.Snapshot().ImageHash());
                foreach (var remedy in explanation.Remedies)
                    CheckTrue(cluster, job, remedy);
            }
        }).Check(Thorough);

    /// <summary>Where nobody waits, or nothing is named, nothing is proved.</summary>
    [Fact]
    public void Every_kind_of_change_is_named_in_some_history()
    {
        var named = new HashSet<RemedyCode>();
        for (var seed = 1; seed <= 160; seed++)
        {
            var cluster = new MixedScript(seed, 250).Played();
            foreach (var job in cluster.Snapshot().Pending().ToList())
                named.UnionWith(Explain(cluster, job).Remedies.Select(remedy => remedy.Code));
        }
        Assert.Equal(Enum.GetValues<RemedyCode>().Where(code => code != RemedyCode.None), named.Order());
    }

    private static Explanation Explain(TestCluster cluster, PendingJob job)
        => (Explanation)cluster.Do(job.Gang is null ? new ExplainCommand { Workload = job.Id } : new ExplainCommand { Gang = job.Id }).Detail!;

    private static void CheckTrue(TestCluster cluster, PendingJob job, Remedy remedy)
    {
        var fork = cluster.Fork();
        var changed = Apply(fork, job, remedy);
        NodeSelection?[] selections = [.. job.Selections.Select((id, role) => id == 0 ? null : new NodeSelection(id, cluster.State.Pending.Selections.NodesOf(job, role)))];
        // The job alone is asked about: others that wait may be just as glad of the change.
        if (job.Gang is null)
            fork.Release(job.Id);
        var reply = Place(fork, changed, selections);
        Assert.True(reply.Outcome == Outcome.Done, $"{remedy.Code} {remedy.Amount} '{remedy.Subject}' gave {reply.Outcome} {reply.Detail}");
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
                var node = nodes.ShapeOf(IndexOf(nodes, remedy));
                cluster.AddNode(remedy.Subject, node.Gpus, 64_000, 64_000, nodes.Groups[node.Group], maxWorkloads: node.MaxWorkloads);
                nodes.SetQuarantine(IndexOf(nodes, remedy), 0);
                return job;
            case RemedyCode.FreeNode:
                foreach (var workload in remedy.Workloads)
                    cluster.Release(workload);
                return job;
            default: throw new InvalidOperationException(remedy.Code.ToString());
        }
    }

    private static int IndexOf(NodeTable nodes, Remedy remedy) => nodes.TryFind(remedy.Subject, out var node) ? node : -1;

    private static SchedulingPolicy Raised(TestCluster cluster, PendingJob job, Remedy remedy)
    {
        var policy = cluster.State.Tenancy.Policy;
        var name = cluster.State.Tenancy.Projects[job.Traits.Project];
        var raise = remedy.Amount;
        return policy with
        {
            Projects = [.. policy.Projects.Select(project => project.Name != name ? project : project with
            {
                Quotas = [.. project.Quotas.Select(quota => job.Traits.Provisioning switch
                {
                    Provisioning.Reserved => quota with { Reserved = quota.Reserved + raise },
                    Provisioning.OnDemand => quota with { OnDemand = quota.OnDemand + raise },
                    _ => quota with { Spot = quota.Spot + raise },
                })],
            })],
        };
    }
}
