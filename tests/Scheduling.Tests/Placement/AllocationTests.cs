using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Placement;

public class AllocationTests
{
    private const int Nodes = 500;
    private const int Batch = 200;

    [Fact]
    public void Place_and_release_allocate_nothing()
    {
        var cluster = new TestCluster();
        for (var node = 0; node < Nodes; node++)
            cluster.AddNode($"gpu-{node:0000}", group: node % 2 == 0 ? "a" : "b");
        var (place, release) = (new PlaceCommand { Name = "test/w" }, new ReleaseCommand());
        var candidates = new NodeSet();
        for (var warm = 0; warm < 50; warm++)
            PlaceAndRelease(cluster.State, cluster.Effects, place, release, candidates);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 50; round++)
            PlaceAndRelease(cluster.State, cluster.Effects, place, release, candidates);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void PlaceAndRelease(ClusterState state, EffectBuffer effects, PlaceCommand place, ReleaseCommand release, NodeSet candidates)
    {
        var placed = 0;
        candidates.Clear();
        for (var node = 0; node < Nodes; node += 2)
            candidates.Add(node);
        for (var i = 0; i < Batch; i++)
        {
            place.Workload = (ulong)(i + 1);
            (place.GpuCount, place.GpuMilli) = (i % 5) switch { 0 => (0, 1000), 1 => (1, 250), 2 => (1, 1000), 3 => (2, 1000), _ => (8, 1000) };
            place.Candidates = i % 2 == 0 ? candidates : null;
            (place.CpuMilli, place.MemoryMib, place.Groups) = (1000, 4000, GroupSet.OfOrAny(i % 3 - 1));
            placed += Engine.Step(state, place, 1000, effects).Outcome == Outcome.Done ? 1 : 0;
        }
        place.GpuCount = 16;
        place.Workload = Batch + 1;
        placed += Engine.Step(state, place, 1000, effects).Outcome == Outcome.NoFit ? 0 : 1;
        for (var i = 0; i < Batch; i++)
        {
            release.Workload = (ulong)(i + 1);
            placed -= Engine.Step(state, release, 1000, effects).Outcome == Outcome.Done ? 1 : 0;
        }
        if (placed != 0 || state.Workloads.Count != 0)
            throw new InvalidOperationException("Not everything that was placed was released.");
    }
}
