using System.Runtime;
using Pipeline.Hotpath.Loop;
using Pipeline.Hotpath.Tests.Support;
using Xunit;

namespace Pipeline.Hotpath.Tests.Loop;

[Collection(Alone.Name)]
public class UncollectedHeapTests
{
    [Fact]
    public void Nothing_is_collected_while_it_lasts_and_things_are_as_before_afterwards()
    {
        var before = GCSettings.LatencyMode;
        using (new UncollectedHeap())
        {
            var collections = GC.CollectionCount(0);
            Allocate(UncollectedHeap.Room / 2);
            Assert.Equal(collections, GC.CollectionCount(0));
        }
        Assert.Equal(before, GCSettings.LatencyMode);
    }

    [Fact]
    public void Whoever_allocates_more_than_there_is_room_for_has_it_collected()
    {
        var collections = GC.CollectionCount(0);
        using (new UncollectedHeap())
            Allocate(UncollectedHeap.Room * 3);
        Assert.NotEqual(collections, GC.CollectionCount(0));
        Assert.NotEqual(GCLatencyMode.NoGCRegion, GCSettings.LatencyMode);
    }

    [Fact]
    public void Of_two_at_a_time_the_first_ends_it()
    {
        var first = new UncollectedHeap();
        new UncollectedHeap().Dispose();
        Assert.Equal(GCLatencyMode.NoGCRegion, GCSettings.LatencyMode);
        first.Dispose();
        Assert.NotEqual(GCLatencyMode.NoGCRegion, GCSettings.LatencyMode);
    }

    private static void Allocate(long bytes)
    {
        for (var done = 0L; done < bytes; done += 1000)
            GC.KeepAlive(new byte[1000]);
    }
}
