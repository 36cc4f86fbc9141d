using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Reservations;

/// <summary>Gangs that all come at once, more than there is room for.</summary>
public class DeadlockPropertyTests
{
    private const int Nodes = 8;
    private const int Gangs = 25;

    [Fact]
    public void All_that_could_run_alone_run_as_others_end_and_no_others()
        => Seeded.ForAll(random =>
        {
            var cluster = Cluster(random.Next(1, 4));
            var gangs = Enumerable.Range(1, Gangs).Select(id => AnyGang(random, (ulong)id)).ToArray();
            var possible = gangs.Where(gang => Cluster(1).PlaceGang(gang).Outcome == Outcome.Done).Select(gang => gang.Id).ToHashSet();
            var (started, running) = (new HashSet<ulong>(), new List<ulong>());
            foreach (var gang in gangs.OrderBy(_ => random.Next()))
                cluster.PlaceGang(gang, wait: true);
            // When nothing runs any more, what waits has its last chance once every hold has been thought about.
            for (var idle = 0; idle < 10;)
            {
                foreach (var placed in Placed(cluster).Distinct())
                {
                    if (started.Add(placed))
                        running.Add(placed);
                }
                idle = running.Count == 0 ? idle + 1 : 0;
                for (var ends = random.Next(3); ends > 0 && running.Count > 0; ends--)
                {
                    var ended = running[random.Next(running.Count)];
                    Assert.Equal(Outcome.Done, cluster.Do(new ReleaseGangCommand { Gang = ended }).Outcome);
                    running.Remove(ended);
                }
                cluster.Now += 10 * Booked.Second;
                cluster.Schedule();
            }
            Assert.Equal(possible.Order(), started.Order());
            Assert.Equal(gangs.Length - possible.Count, cluster.State.Pending.Count);
            Assert.Equal(0, cluster.State.Workloads.Count);
        }, 100);

    private static TestCluster Cluster(int holds) => Booked.Cluster(Nodes, new ReservationRules(HoldAfterSeconds: 60, MaxHolds: holds));

    private static IEnumerable<ulong> Placed(TestCluster cluster) => cluster.Snapshot().Workloads().Select(workload => workload.Id / 1000);

    private static GangSpec AnyGang(Random random, ulong id)
    {
        var gang = Booked.Gang(
            id, random.Next(1, 10), random.Next(1, 9), random.Next(3) * 100, topology: (TopologyMode)random.Next(3), tier: random.Next(1, 3));
        return random.Next(4) == 0 ? gang with { MinMembers = random.Next(1, gang.Members + 1) } : gang;
    }
}
