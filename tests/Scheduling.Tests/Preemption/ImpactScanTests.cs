using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Preemption;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Preemption;

public class ImpactScanTests
{
    [Fact]
    public void Eight_at_a_time_gives_what_one_at_a_time_gives()
        => Seeded.ForAll(random =>
        {
            var (cluster, column, count) = (new TestCluster(), new ImpactColumn(), random.Next(1, 1_000));
            column.Reserve(count);
            for (var node = 0; node < count; node++)
            {
                cluster.AddNode($"n{node}", group: random.Next(2) == 0 ? "a" : "b");
                column.Set(node, random.Next(4) == 0 ? -1 : random.NextInt64(1L << random.Next(1, 60)), random.NextInt64(1L << random.Next(1, 40)));
            }
            var (moment, after, groups) = (random.Next(ReferenceTimes.Period), long.MinValue, new GroupSet((ulong)random.Next(1, 4)));
            var candidates = random.Next(2) == 0 ? null : new NodeSet();
            for (var node = 0; node < count; node += random.Next(1, 4))
                candidates?.Add(node);
            for (var turn = 0; turn < 3; turn++)
            {
                var (one, other) = (new long[8], new long[8]);
                var found = ImpactScan.Lowest(column, moment, cluster.State.Nodes, groups, candidates, after, one);
                Assert.Equal(ImpactScan.LowestScalar(column, moment, cluster.State.Nodes, groups, candidates, after, other), found);
                Assert.Equal(other[..found], one[..found]);
                after = found > 0 ? one[found - 1] : after;
            }
        });
}
