using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Model;

public class GpuLanesTests
{
    [Fact]
    public void All_at_once_is_what_one_after_the_other_is()
        => Seeded.ForAll(random =>
        {
            var lanes = new int[NodeTable.MaxGpus];
            for (var step = 0; step < 100; step++)
            {
                // Every other mask is of a node that has at most half as many.
                var (gpus, amount, limit) = ((uint)random.Next(1 << (step % 2 == 0 ? 8 : 16)), random.Next(-3, 4), random.Next(-2, 3));
                var expected = lanes.Select((lane, gpu) => (gpus >> gpu & 1) != 0 ? lane + amount : lane).ToArray();
                GpuLanes.Add(lanes, gpus, amount);
                Assert.Equal(expected, lanes);
                var below = Enumerable.Range(0, lanes.Length).Where(gpu => (gpus >> gpu & 1) != 0 && lanes[gpu] < limit).Aggregate(0u, (mask, gpu) => mask | 1u << gpu);
                Assert.Equal(below, GpuLanes.Below(lanes, gpus, limit));
            }
        }, 20);
}
