using System.Numerics;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling.Tests.Preemption;

/// <summary>
/// A node has lost a GPU while workloads run on more than it has now. Which one is gone it does not say, so whoever goes does not leave a
/// GPU that another may have until no more are in use than there are.
/// </summary>
public class LostGpuTests
{
    private readonly Crowd _crowd = new();

    [Fact]
    public void Whole_GPUs_are_free_only_when_as_many_more_have_left()
    {
        Lost(3, left: 2);
        var reply = _crowd.Comes(1);
        Assert.Equal((Outcome.Done, 1), (reply.Outcome, BitOperations.PopCount(reply.GpuMask)));
        Assert.Equal(2, _crowd.EvictedIds.Length);
    }

    [Fact]
    public void Nobody_goes_for_a_GPU_that_is_not_there_afterwards()
    {
        Lost(3, left: 2);
        Assert.Equal(Outcome.NoFit, _crowd.Comes(2, Provisioning.OnDemand).Outcome);
        Assert.Empty(_crowd.EvictedIds);
    }

    [Fact]
    public void Nobody_goes_for_a_share_of_a_GPU_that_is_not_there_afterwards()
    {
        Lost(3, left: 2);
        Assert.Equal(Outcome.NoFit, _crowd.Comes(1, milli: 500).Outcome);
        Assert.Empty(_crowd.EvictedIds);
    }

    [Fact]
    public void A_member_of_a_gang_gets_as_many_GPUs_as_it_asks_for()
    {
        Lost(4, left: 3);
        var reply = _crowd.GangComes(members: 2, gpus: 1);
        Assert.Equal(Outcome.Done, reply.Outcome);
        Assert.Equal(3, _crowd.EvictedIds.Length);
        Assert.All(((GangPlacement)reply.Detail!).Seats, seat => Assert.Equal(1, BitOperations.PopCount(seat.Gpus)));
    }

    // One on each GPU; the first cannot be evicted by OnDemand, and for Reserved only with all others.
    private void Lost(int gpus, int left)
    {
        _crowd.Nodes(1, gpus);
        for (var gpu = 0; gpu < gpus; gpu++)
            _crowd.Runs((ulong)gpu + 1, "n0", 1u << gpu, gpu == 0 ? Provisioning.OnDemand : Provisioning.Spot);
        _crowd.Nodes(1, left);
    }
}
