using System.Collections.Immutable;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Preemption;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Support;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Tests.Preemption;

/// <summary>A cluster that is full, so that whoever comes must take the place of others.</summary>
internal sealed class Crowd
{
    public const ulong Newcomer = 1_000;

    public TestCluster Cluster { get; } = new() { Now = 1_700_000_000_000 };

    public IEnumerable<Effect.Evict> Evicted => Cluster.Effects.All().OfType<Effect.Evict>();

    public ulong[] EvictedIds => [.. Evicted.Select(evict => evict.Workload).Order()];

    public void Nodes(int count, int gpus = 8, long cpu = 64_000)
    {
        for (var node = 0; node < count; node++)
            Cluster.AddNode($"n{node}", gpus, cpu);
    }

    /// <summary>A workload that the cluster runs.</summary>
    public void Runs(
        ulong id, string node, uint gpus, Provisioning provisioning = Provisioning.Spot, Category category = Category.Training,
        int milli = 1000, long cpu = 0, ulong gang = 0, int budget = -1, bool urgent = false, int project = 0)
    {
        var reply = Cluster.Do(new BindCommand
        {
            Workload = id,
            Name = $"test/w{id}",
            Node = node,
            GpuMask = gpus,
            GpuMilli = milli,
            CpuMilli = cpu,
            Gang = gang,
            Traits = new WorkloadTraits { Provisioning = provisioning, Category = category, Budget = budget, Urgent = urgent, Project = project },
        });
        Assert.Equal(Outcome.Done, reply.Outcome);
    }

    public Reply Comes(
        int gpus, Provisioning provisioning = Provisioning.Reserved, int milli = 1000, long cpu = 0, bool urgent = false, int project = 0,
        bool wait = false, ulong id = Newcomer)
        => Cluster.Do(new PlaceCommand
        {
            Workload = id,
            Name = "test/newcomer",
            GpuCount = gpus,
            GpuMilli = milli,
            CpuMilli = cpu,
            Traits = new WorkloadTraits { Provisioning = provisioning, Urgent = urgent, Project = project },
            MayPreempt = true,
            Wait = wait,
            Actor = "anna",
        });

    public Reply GangComes(
        int members, int gpus, Provisioning provisioning = Provisioning.Reserved, TopologyMode topology = TopologyMode.None, int min = 0, bool mayPreempt = true,
        ulong id = Newcomer)
        => Cluster.Do(new PlaceGangCommand { Gang = Gang(id, members, gpus, provisioning, topology, min: min), MayPreempt = mayPreempt, Actor = "anna" });

    public static GangSpec Gang(
        ulong id, int members, int gpus, Provisioning provisioning, TopologyMode topology = TopologyMode.None, int tier = 0, int min = 0) => new(
        id, $"test/gang{id}", new WorkloadTraits { Provisioning = provisioning }, min, topology, tier,
        [new GangRole("worker", new Shape(gpus, 1000, 0, 0, GroupSet.Any), Tenants.Members(id * 100 + 1, members), 0, 0)]);

    public void Saves(ulong id) => Assert.Equal(Outcome.Done, Cluster.Do(new ReportCheckpointCommand { Workload = id }).Outcome);

    public void Pass(int seconds) => Cluster.Now += seconds * 1000L;

    public int Budget(string name, int allowed) => (int)Cluster.Do(new SetBudgetCommand { Name = name, Allowed = allowed }).Detail!;

    public void Policy(PreemptionRules? preemption = null, params ImmutableArray<Project> projects)
    {
        var policy = new SchedulingPolicy { Preemption = preemption ?? new PreemptionRules(), Projects = projects };
        Assert.NotEqual(Outcome.Invalid, Cluster.SetPolicy(policy).Outcome);
    }

    /// <summary>Leaf domains of so many neighbouring nodes.</summary>
    public void Leaves(params int[] sizes)
    {
        var (next, domains) = (0, new List<DomainDefinition>());
        foreach (var size in sizes)
        {
            domains.Add(new DomainDefinition($"leaf{domains.Count}", 0, [.. Enumerable.Range(next, size).Select(node => $"n{node}")], []));
            next += size;
        }
        Assert.Equal(Outcome.Done, Cluster.Do(new SetTopologyCommand { Domains = domains }).Outcome);
    }

    public static Evictions EvictionsOf(Reply reply) => reply.Detail is Nomination nomination ? nomination.Evictions : ((GangPlacement)reply.Detail!).Evictions!;
}
