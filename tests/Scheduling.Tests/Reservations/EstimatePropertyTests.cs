using FsCheck;
using FsCheck.Fluent;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Queue;
using Pipeline.Scheduling.Reservations.Estimates;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Reservations;

public class EstimatePropertyTests
{
    /// <summary>The reference waits: at every time at which something ends it asks for the place.</summary>
    [Fact]
    public void A_job_that_asks_again_and_again_gets_its_place_at_the_time_that_was_estimated()
        => Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            var random = new Random(seed);
            var (cluster, times) = Crowded(random);
            var gang = Booked.Gang(
                500, random.Next(1, 7), 1 << random.Next(4), random.Next(3) * 40, (ulong)random.Next(3), (TopologyMode)random.Next(3), random.Next(1, 3));
            var job = new PendingJob(1, gang.Id, gang.Name, gang.Traits, gang.Roles[0].Shape, gang, false, "", cluster.Now);
            var estimate = EarliestStart.Of(cluster.State, job, cluster.Now);
            Assert.Equal(FirstPlace(cluster, times, gang), estimate.Known ? estimate.At : 0);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Cases.Of(200)));

    private static long FirstPlace(TestCluster cluster, SortedDictionary<long, List<ulong>> times, GangSpec gang)
    {
        foreach (var (at, ended) in times)
        {
            cluster.Now = at;
            ended.ForEach(id => cluster.Release(id));
            cluster.Sweep();
            if (cluster.PlaceGang(gang).Outcome == Outcome.Done)
                return at;
        }
        return 0;
    }

    private static (TestCluster Cluster, SortedDictionary<long, List<ulong>> Ends) Crowded(Random random)
    {
        var cluster = Booked.Cluster(6);
        for (var node = 0; node < 6; node += random.Next(1, 4))
            cluster.AddNode(Booked.NodeName(node), maxWorkloads: random.Next(1, 5));
        var times = new SortedDictionary<long, List<ulong>> { [cluster.Now] = [] };
        for (var id = 1UL; id <= 2; id++)
        {
            var start = cluster.Now + random.Next(120) * 1_000;
            var end = start + random.Next(1, 60) * 1_000;
            if (cluster.Reserve(id, random.Next(1, 4), start, end).Outcome == Outcome.Done)
                (times[start], times[end]) = (times.GetValueOrDefault(start, []), times.GetValueOrDefault(end, []));
        }
        for (var id = 1UL; id <= 30; id++)
        {
            var seconds = random.Next(1, 150);
            if (cluster.Run(id, 1 << random.Next(4), seconds).Outcome != Outcome.Done)
                continue;
            cluster.Confirm(id);
            var end = cluster.Now + seconds * 1_000;
            (times[end] = times.GetValueOrDefault(end, [])).Add(id);
        }
        return (cluster, times);
    }
}
