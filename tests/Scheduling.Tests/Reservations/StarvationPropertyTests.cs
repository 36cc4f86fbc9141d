using FsCheck;
using FsCheck.Fluent;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Reservations;

/// <summary>A crowded cluster over time: jobs come all the while, run for a finite time and go.</summary>
public class StarvationPropertyTests
{
    private const int Nodes = 6;
    private const long Step = 10_000;
    private const int LongestSteps = 20;
    private const int HoldAfterSeconds = 60;

    [Fact]
    public void A_held_job_starts_no_later_than_it_was_told_when_all_end_as_expected()
        => Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            var world = new World(seed, honest: true);
            var promised = new Dictionary<ulong, long>();
            for (var step = 0; step < 200; step++)
            {
                world.Turn();
                foreach (var hold in world.Cluster.State.Reservations.Holds.Where(h => h.Known))
                    promised.TryAdd(hold.Job, hold.Start);
            }
            foreach (var (job, start) in promised)
                Assert.InRange(world.Started.GetValueOrDefault(job, world.Cluster.Now), 0, Math.Max(start, world.Submitted[job]) + Step);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Cases.Of(40)));

    /// <summary>The bound of <see cref="Scheduling.Reservations.Holds"/>; here nobody overtakes.</summary>
    [Fact]
    public void Every_job_starts_within_the_bound_whatever_comes_later()
        => Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            var world = new World(seed, honest: false);
            for (var step = 0; step < 300; step++)
                world.Turn();
            var order = world.Submitted.OrderBy(job => job.Value).ThenBy(job => world.Order[job.Key]).Select(job => job.Key).ToList();
            for (var ahead = 0; ahead < order.Count; ahead++)
            {
                var job = order[ahead];
                var waiting = order.Take(ahead).Count(other => world.Started.GetValueOrDefault(other, long.MaxValue) > world.Submitted[job]);
                var bound = HoldAfterSeconds * 1000 + (waiting + 1) * (2 * LongestSteps * Step + 2 * Step);
                Assert.InRange(world.Started.GetValueOrDefault(job, world.Cluster.Now) - world.Submitted[job], 0, bound);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Cases.Of(40)));

    /// <summary>The same where projects, categories, sizes and urgency put later jobs ahead, for as long as they may.</summary>
    [Fact]
    public void Every_job_starts_within_the_bound_whoever_overtakes()
        => Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            var world = new World(seed, honest: false, priorities: true);
            for (var step = 0; step < 300; step++)
                world.Turn();
            var overtaking = Priorities.LongestOvertaking(world.Cluster.State.Tenancy.Policy.Priority);
            foreach (var (job, submitted) in world.Submitted)
            {
                var after = submitted + overtaking;
                var ahead = world.Submitted.Count(other => other.Key != job && other.Value <= after && world.Started.GetValueOrDefault(other.Key, long.MaxValue) > after);
                var bound = overtaking + HoldAfterSeconds * 1000 + (ahead + 1) * (2 * LongestSteps * Step + 2 * Step);
                Assert.InRange(world.Started.GetValueOrDefault(job, world.Cluster.Now) - submitted, 0, bound);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Cases.Of(40)));

    private sealed class World
    {
        private readonly Random _random;
        private readonly bool _honest;
        private readonly SortedDictionary<ulong, long> _ends = [];
        private ulong _last;

        private readonly bool _priorities;

        public World(int seed, bool honest, bool priorities = false)
        {
            (_random, _honest, _priorities) = (new Random(seed), honest, priorities);
            Cluster = Booked.Cluster(Nodes);
            var projects = Tenants.PolicyOf(Tenants.Project("one", 100, 100, urgent: true), Tenants.Project("two", 100, 100, urgent: true)).Projects;
            Cluster.SetPolicy(new SchedulingPolicy
            {
                // As many points as a job gains in seven turns, so that the bound is still short beside the history.
                Priority = priorities
                    ? new PriorityRules
                    {
                        Table = [new PriorityRow(Provisioning.Reserved, null, null, 60), new PriorityRow(null, Category.Serving, null, 30)],
                        PerSizeDoubling = 1,
                        PerWaitingHour = 10_000,
                        ForUse = 20,
                        ForUtilization = 20,
                        ForUrgency = 60,
                    }
                    : new PriorityRules { Table = [], PerSizeDoubling = 0, ForUse = 0, ForUtilization = 0, ForUrgency = 0 },
                Reservations = new ReservationRules(HoldAfterSeconds: HoldAfterSeconds, MaxHolds: 1),
                Projects = priorities ? projects : [],
            });
        }

        public TestCluster Cluster { get; }

        public Dictionary<ulong, long> Submitted { get; } = [];

        public Dictionary<ulong, int> Order { get; } = [];

        public Dictionary<ulong, long> Started { get; } = [];

        public void Turn()
        {
            Cluster.Now += Step;
            foreach (var (job, end) in _ends.ToList())
            {
                if (end > Cluster.Now)
                    continue;
                Cluster.Do(new ReleaseGangCommand { Gang = job });
                _ends.Remove(job);
            }
            var comes = _random.Next(4);
            for (var i = 0; i < comes; i++)
                Submit();
            if (_priorities && _random.Next(10) == 0)
                Cluster.Do(new ReportUtilizationCommand { Project = _random.Next(1, 3), GpuSeconds = 100, BusySeconds = _random.Next(101) });
            Cluster.Schedule();
            foreach (var placed in Cluster.Effects.All().OfType<Effect.Placed>())
                Start(placed.Workload / 1000);
            Cluster.Effects.Clear();
        }

        private void Submit()
        {
            var (id, steps) = (++_last, _random.Next(1, LongestSteps + 1));
            var (members, gpus) = _random.Next(6) switch { 0 => (_random.Next(2, Nodes + 1), 8), 1 => (2, 4), _ => (1, _random.Next(1, 5)) };
            var seconds = _honest || _random.Next(3) > 0 ? (int)(steps * Step / 1000) : 0;
            if (!_honest && _random.Next(4) == 0)
                steps = _random.Next(1, LongestSteps + 1);
            (Submitted[id], Order[id], _steps[id]) = (Cluster.Now, Order.Count, steps);
            var gang = Booked.Gang(id, members, gpus, seconds, topology: members > 4 ? TopologyMode.None : (TopologyMode)_random.Next(3), tier: _random.Next(1, 3));
            if (_priorities)
            {
                gang = gang with
                {
                    Traits = gang.Traits with
                    {
                        Project = _random.Next(1, 3),
                        Provisioning = (Provisioning)_random.Next(3),
                        Category = (Category)_random.Next(4),
                        Urgent = _random.Next(5) == 0,
                    },
                };
            }
            if (Cluster.PlaceGang(gang, wait: true).Outcome == Outcome.Done)
                Start(id);
        }

        private readonly Dictionary<ulong, int> _steps = [];

        private void Start(ulong job)
        {
            if (Started.TryAdd(job, Cluster.Now))
                _ends.Add(job, Cluster.Now + _steps[job] * Step);
        }
    }
}
