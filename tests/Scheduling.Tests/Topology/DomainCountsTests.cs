using Pipeline.Scheduling.Tests.Support;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Tests.Topology;

public class DomainCountsTests
{
    [Fact]
    public void After_any_changes_the_counts_are_what_a_recount_gives()
        => Seeded.ForAll(random =>
        {
            var nodes = new CountedNodes(random, mostGpus: random.Next(2) == 0 ? 8 : 16);
            for (var round = 0; round < 5; round++)
            {
                nodes.Change(40);
                for (var domain = 0; domain < nodes.Tree.Count; domain++)
                {
                    for (var group = -1; group < 4; group++)
                        Check(nodes, domain, group);
                }
            }
        });

    [Fact]
    public void Moves_and_searches_allocate_nothing()
    {
        var nodes = new CountedNodes(new Random(11), 8);
        nodes.Change(500);
        var counts = nodes.Counts;
        var need = new GpuNeed([new MemberDemand(2, 3), new MemberDemand(3, 1)]);
        counts.Move(0, 0, DomainCounts.Absent, 8);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var found = 0;
        for (var round = 0; round < 100; round++)
        {
            counts.Move(0, 0, 8, round % 9);
            foreach (var domain in counts.Search(DomainCounts.AnyGroup, need))
                found += domain + 1;
            counts.Move(0, 0, round % 9, 8);
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.NotEqual(0, found);
    }

    [Fact]
    public void Every_machine_group_that_the_model_allows_has_counts()
    {
        var counts = new DomainCounts(TopologyTree.Flat);
        for (var group = 0; group < 4096; group++)
            counts.Move(TopologyTree.Root, group, DomainCounts.Absent, 4);
        Assert.Equal(4, counts.FreeGpus(TopologyTree.Root, 4095));
        Assert.Equal(4 * 4096, counts.FreeGpus(TopologyTree.Root, DomainCounts.AnyGroup));
    }

    private static void Check(CountedNodes nodes, int domain, int group)
    {
        var (counts, free) = (nodes.Counts, nodes.FreeIn(domain, group));
        Assert.Equal(free.Count, counts.Nodes(domain, group));
        Assert.Equal(free.Sum(), counts.FreeGpus(domain, group));
        for (var gpus = 0; gpus <= 16; gpus++)
        {
            Assert.Equal(free.Count(f => f == gpus), counts.NodesWith(domain, group, gpus));
            Assert.Equal(
                free.Count == 0 ? 0 : gpus == 0 ? int.MaxValue : free.Sum(f => f / gpus),
                counts.Capacity(domain, group, gpus));
        }
    }
}
