using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Preemption;
using Pipeline.Scheduling.Queue;
using Pipeline.Scheduling.Snapshots;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Preemption;

public class PreemptionPropertyTests
{
    private static readonly Config Thorough = Config.QuickThrowOnFailure.WithMaxTest(Cases.Of(300));

    [Fact]
    public void A_single_workload_gets_the_place_that_costs_the_least_of_all_or_none_when_there_is_none()
        => Prop.ForAll(Seeded.Seeds.ToArbitrary(), seed =>
        {
            var random = new RandomCrowd(seed);
            var (cluster, want) = (random.Crowd.Cluster, random.Single());
            var before = cluster.Snapshot();
            var every = new EveryVictimSet(cluster.State, before, cluster.Now);
            var least = every.Cheapest(want);
            var reply = cluster.Do(want);
            Assert.Equal(least is null, reply.Outcome is Outcome.NoFit or Outcome.OverQuota);
            if (reply.Detail is not Nomination nomination)
                return;
            Assert.Equal((least!.Value + 999) / 1000, nomination.Evictions.Impact);
            Assert.Equal(random.Crowd.EvictedIds, nomination.Evictions.Victims.Select(victim => victim.Id).Order());
            Assert.False(every.CanSpareOne(want, reply.Node, random.Crowd.EvictedIds));
        }).Check(Thorough);

    // Where all is cheap, a column may be off by what a GPU costs until its reference time.
    [Fact]
    public void Of_many_nodes_it_gets_one_that_costs_hardly_more_than_the_least()
        => Prop.ForAll(Seeded.Seeds.ToArbitrary(), seed =>
        {
            var random = new ManyNodes(seed);
            var want = random.AnyRequest();
            var least = random.Cheapest(want);
            var reply = random.Crowd.Cluster.Do(want);
            if (reply.Outcome == Outcome.Done && reply.Detail is null)
                return;
            Assert.Equal(least is null ? Outcome.NoFit : Outcome.Done, reply.Outcome);
            if (reply.Detail is Nomination nomination)
                Assert.InRange(nomination.Evictions.Impact, least!.Value, least.Value * 105 / 100 + ReferenceTimes.Period);
        }).Check(Thorough);

    [Fact]
    public void A_plan_names_whom_the_placement_would_evict_and_changes_nothing()
        => Prop.ForAll(Seeded.Seeds.ToArbitrary(), seed =>
        {
            var random = new RandomCrowd(seed);
            var (cluster, want, nodes) = (random.Crowd.Cluster, random.Single(), new NodeSet());
            for (var node = 0; node < random.Nodes; node++)
            {
                if ((seed >> node & 1) != 0)
                    nodes.Add(node);
            }
            want.Candidates = nodes;
            var before = cluster.Snapshot().ImageHash();
            var plan = cluster.Do(new PlanEvictionsCommand { Shape = want.Shape, Traits = want.Traits, Candidates = nodes });
            Assert.Equal(before, cluster.Snapshot().ImageHash());
            if (cluster.Do(want).Detail is not Nomination nomination)
                return;
            var planned = Assert.IsType<Nomination>(plan.Detail);
            Assert.Equal((nomination.Node, nomination.Evictions.Impact), (planned.Node, planned.Evictions.Impact));
            Assert.Equal(nomination.Evictions.Victims.OrderBy(victim => victim.Id), planned.Evictions.Victims.OrderBy(victim => victim.Id));
            Assert.True(cluster.State.Nodes.TryFind(nomination.Node, out var chosen) && nodes.Contains(chosen));
        }).Check(Thorough);

    [Fact]
    public void Victims_rank_lower_and_budgets_quotas_and_capacities_are_kept()
        => Prop.ForAll(Seeded.Seeds.ToArbitrary(), seed =>
        {
            var random = new RandomCrowd(seed);
            var cluster = random.Crowd.Cluster;
            for (ulong id = 1_000; id < 1_004; id++)
            {
                Command command = id % 2 == 0 ? random.Single(id) : random.Gang(id);
                var before = cluster.Snapshot();
                var traits = command is PlaceCommand place ? place.Traits : ((PlaceGangCommand)command).Gang.Traits;
                var evicted = random.Crowd.Evicted.Count();
                if (cluster.Do(command).Outcome != Outcome.Done)
                    continue;
                var after = cluster.Snapshot();
                var rank = after.Workloads().Where(w => w.Id == id || w.Id / 100 == id).Min(w => w.Kind);
                foreach (var evict in random.Crowd.Evicted.Skip(evicted))
                {
                    var victim = before.Workloads().Single(w => w.Id == evict.Workload);
                    Assert.True(victim.Kind < rank || (traits.Urgent && victim.Kind == rank && !victim.Traits.Urgent));
                }
                Assert.True(after.Policy.Preemption.OverrideBudgets || after.Budgets.All(budget => budget.Taken <= budget.Allowed));
                CheckQuotas(cluster.State, before, after);
                Recount.Check(cluster);
                CheckCapacities(after);
            }
        }).Check(Thorough);

    [Fact]
    public void On_nodes_with_lost_and_sick_GPUs_nobody_goes_for_one_that_cannot_be_had()
        => Prop.ForAll(Seeded.Seeds.ToArbitrary(), seed =>
        {
            var random = new RandomCrowd(seed);
            var cluster = random.Crowd.Cluster;
            foreach (var node in cluster.Snapshot().Nodes().Where(node => node.GpuCount > 1 && (seed >> node.Index & 1) != 0))
                cluster.AddNode(node.Name, node.GpuCount - 1, node.CpuTotalMilli, node.MemoryTotalMib, maxWorkloads: node.MaxWorkloads);
            foreach (var node in cluster.Snapshot().Nodes().Where(node => (seed >> node.Index & 16) != 0))
                cluster.State.Nodes.SetBadGpus(node.Index, 1u << (seed >> 8 & 1));
            for (ulong id = 1_000; id < 1_004; id++)
                GivenGpus.Check(cluster, id % 2 == 0 ? random.Single(id) : random.Gang(id));
            Recount.Check(cluster);
        }).Check(Thorough);

    [Fact]
    public void An_attempt_in_vain_leaves_no_trace()
        => Prop.ForAll(Seeded.Seeds.ToArbitrary(), seed =>
        {
            var random = new RandomCrowd(seed);
            var cluster = random.Crowd.Cluster;
            for (ulong id = 1_000; id < 1_010; id++)
            {
                Command command = id % 2 == 0 ? random.Single(id) : random.Gang(id);
                var (before, effects) = (cluster.Snapshot().ImageHash(), cluster.Effects.Count);
                var reply = cluster.Do(command);
                if (reply.Outcome == Outcome.Done)
                    continue;
                Assert.False(reply.Changed);
                Assert.Equal(before, cluster.Snapshot().ImageHash());
                Assert.Equal(effects, cluster.Effects.Count);
            }
        }).Check(Thorough);

    [Fact]
    public void A_restored_cluster_goes_on_as_the_old_one_did()
        => Prop.ForAll(Seeded.Seeds.ToArbitrary(), seed =>
        {
            var (one, other) = (new RandomCrowd(seed), new RandomCrowd(seed));
            var second = other.Crowd.Cluster;
            for (ulong id = 1_000; id < 1_012; id++)
            {
                Command command = id % 2 == 0 ? one.Single(id) : one.Gang(id);
                one.Crowd.Pass(seed % 3 * 1_000);
                second.Now = one.Crowd.Cluster.Now;
                second = second.Fork();
                var (reply, again) = (one.Crowd.Cluster.Do(command), second.Do(command));
                Assert.Equal((reply.Outcome, reply.Node, reply.GpuMask), (again.Outcome, again.Node, again.GpuMask));
                Assert.Equal(Image(one.Crowd.Cluster), Image(second));
                Assert.Equal(one.Crowd.Cluster.Sweep().Outcome, second.Sweep().Outcome);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Cases.Of(100)));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gangs_get_places_whenever_there_are_some_and_pay_little_more_than_the_least(bool named)
    {
        var (paid, least, placed) = (0L, 0L, 0);
        for (var seed = 0; seed < 1_000; seed++)
        {
            var random = new RandomCrowd(seed, budgets: false);
            var (cluster, want) = (random.Crowd.Cluster, random.Gang());
            if (!cluster.State.Tenancy.Policy.Projects.IsEmpty || want.Gang.Traits.Urgent)
                continue;
            var selection = named ? SomeOf(random.Nodes, seed) : null;
            var optimum = new EveryVictimSet(cluster.State, cluster.Snapshot(), cluster.Now).Cheapest(want.Gang, selection?.Nodes);
            var reply = cluster.Do(new PlaceGangCommand { Gang = want.Gang, Selection = selection, MayPreempt = true });
            Assert.True((optimum is null) == (reply.Outcome == Outcome.NoFit), $"seed {seed}");
            if (optimum is null)
                continue;
            Assert.All(((GangPlacement)reply.Detail!).Seats, seat => Assert.True(selection?.Nodes!.Contains(seat.NodeIndex) != false));
            placed++;
            least += (optimum.Value + 999) / 1000;
            paid += ((GangPlacement)reply.Detail!).Evictions?.Impact ?? 0;
        }
        Assert.InRange(placed, 50, 1_000);
        Assert.InRange(paid, least, least * 21 / 20);
    }

    [Fact]
    public void Members_whose_roles_may_be_on_different_nodes_get_places_there_or_nobody_goes()
    {
        const ulong Launcher = 9_999;
        var (paid, least, placed, possible) = (0L, 0L, 0, 0);
        for (var seed = 0; seed < 4_000; seed++)
        {
            var random = new RandomCrowd(seed, budgets: false);
            var (cluster, gang) = (random.Crowd.Cluster, random.Gang().Gang with { MinMembers = 0 });
            if (!cluster.State.Tenancy.Policy.Projects.IsEmpty)
                continue;
            var launcher = new GangRole("launcher", gang.Roles[0].Shape with { GpuCount = 1 + seed % 2 }, [Launcher], 0, 0);
            // Those with the fewest nodes first, as who asks for a gang names them.
            var roles = new[] { (Role: launcher, Nodes: SomeOf(random.Nodes, seed)), (Role: gang.Roles[0], Nodes: SomeOf(random.Nodes, seed / 7)) }
                .OrderBy(role => role.Nodes.Nodes!.Count).ToList();
            gang = gang with { Roles = [.. roles.Select(role => role.Role)] };
            ImmutableArray<NodeSelection?> selections = [.. roles.Select(role => role.Nodes)];
            var optimum = new EveryVictimSet(cluster.State, cluster.Snapshot(), cluster.Now).Cheapest(gang, [.. selections.Select(selection => selection?.Nodes)]);
            possible += optimum is null ? 0 : 1;
            var reply = cluster.Do(new PlaceGangCommand { Gang = gang, RoleSelections = selections, MayPreempt = true });
            if (reply.Outcome != Outcome.Done)
            {
                Assert.Empty(random.Crowd.Evicted);
                continue;
            }
            Assert.NotNull(optimum);
            Assert.All(((GangPlacement)reply.Detail!).Seats, seat => Assert.True(roles.Single(role => role.Role.Members.Contains(seat.Workload)).Nodes.Nodes!.Contains(seat.NodeIndex)));
            placed++;
            least += (optimum.Value + 999) / 1000;
            paid += ((GangPlacement)reply.Detail!).Evictions?.Impact ?? 0;
        }
        Assert.InRange(placed, possible * 95 / 100, possible);
        Assert.InRange(possible, 50, 1_000);
        Assert.InRange(paid, least, least * 11 / 10);
    }

    /// <summary>About two of three nodes; the same under the same id.</summary>
    private static NodeSelection SomeOf(int nodes, int seed)
    {
        var random = new Random(seed);
        return Selections.Of((ulong)seed + 1, [.. Enumerable.Range(0, nodes).Where(_ => random.Next(3) > 0)]);
    }

    private static IEnumerable<string> Image(TestCluster cluster)
        => cluster.Snapshot().Parts().Image().Select(part => $"{ImagePart.TableOf(part.Key)} {Convert.ToHexString(part.Value.Span)}");

    private static void CheckQuotas(ClusterState state, ClusterSnapshot before, ClusterSnapshot after)
    {
        for (var project = 0; project < after.Projects.Length; project++)
        {
            foreach (var kind in new[] { UsageKind.OnDemand, UsageKind.Reserved })
            {
                var (now, limit) = (Used(after, project, kind), state.Tenancy.Usage.Limit(project, 0, kind));
                Assert.Equal(now, state.Tenancy.Usage.Used(project, 0, kind));
                // What the cluster runs anyway may be beyond.
                Assert.True(limit < 0 || now <= Math.Max(limit, Used(before, project, kind)));
            }
        }

        static long Used(ClusterSnapshot cluster, int project, UsageKind kind) => cluster.Workloads()
            .Where(w => w.Traits.Project == project && w.Kind == kind)
            .Sum(w => (long)System.Numerics.BitOperations.PopCount(w.GpuMask) * w.GpuMilli);
    }

    private static void CheckCapacities(ClusterSnapshot cluster) => Assert.All(cluster.Nodes(), node =>
    {
        Assert.InRange(node.CpuUsedMilli, 0, node.CpuTotalMilli);
        Assert.InRange(node.WorkloadCount, 0, node.MaxWorkloads);
        Assert.All(node.GpuUsedMilli.ToArray(), used => Assert.InRange(used, 0, 1000));
    });
}
