using FsCheck.Xunit;
using Pipeline.Hotpath.Tests.Support;

namespace Pipeline.Hotpath.Tests.Cluster;

public sealed class PendingBookProperties
{
    /// <summary>Whatever comes, goes, fails and gets lost: in the end each workload is bound, or in the queue once, or rightly kept out of it.</summary>
    [Property(MaxTest = 300)]
    public void The_queue_comes_to_hold_just_what_the_cluster_lists(int seed)
    {
        var world = new BookWorld(seed);
        for (var step = 0; step < 60; step++)
            world.Act();
        world.Settle();
        world.Check();
    }
}
