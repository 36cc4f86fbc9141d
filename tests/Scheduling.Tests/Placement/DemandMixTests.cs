using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Placement;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Placement;

public class DemandMixTests
{
    private readonly DemandMix _mix = new();

    public DemandMixTests()
    {
        _mix.AddGroup();
        _mix.AddGroup();
    }

    [Fact]
    public void The_ratios_follow_the_mean_per_GPU()
    {
        Learn(300, i => (1, 1000, i % 2 == 0 ? 4_000 : 12_000, 30_000));
        Assert.InRange(UsualRatio.ValueOf(_mix.CpuStep), 7_200, 8_200);
        Assert.InRange(UsualRatio.ValueOf(_mix.MemoryStep), 27_000, 30_500);
        // Half a GPU with 4,000 is 8,000 a GPU too.
        Learn(5_000, _ => (1, 500, 4_000, 15_000));
        Assert.InRange(UsualRatio.ValueOf(_mix.CpuStep), 7_200, 8_200);
    }

    [Fact]
    public void Old_demand_fades()
    {
        Learn(10_000, _ => (1, 1000, 4_000, 4_000));
        Learn(30_000, _ => (1, 1000, 16_000, 4_000));
        Assert.InRange(UsualRatio.ValueOf(_mix.CpuStep), 13_500, 16_000);
        Assert.InRange(_mix.Copy().Gpu, 0, DemandMix.Window);
    }

    [Fact]
    public void A_group_is_sought_when_named_demand_reaches_its_share_of_the_cluster_and_until_it_clearly_falls()
    {
        Learn(256, i => (1, 1000, 1_000, 1_000), i => i % 10 == 0 ? GroupSet.Of(1) : GroupSet.Any);
        Assert.False(_mix.IsSought(1));
        Learn(1024, i => (1, 1000, 1_000, 1_000), i => i % 10 < 3 ? GroupSet.Of(1) : GroupSet.Any);
        Assert.Equal((false, true), (_mix.IsSought(0), _mix.IsSought(1)));
        Learn(4096, i => (1, 1000, 1_000, 1_000), i => i % 10 == 0 ? GroupSet.Of(1) : GroupSet.Any);
        Assert.False(_mix.IsSought(1));
    }

    [Fact]
    public void Demand_for_any_of_several_groups_is_spread_by_their_size()
    {
        Learn(512, _ => (1, 1000, 1_000, 1_000), _ => GroupSet.Of(0, 1));
        Assert.Equal((512_000L * 3 / 4, 512_000L / 4), (_mix.Copy().Named[0], _mix.Copy().Named[1]));
    }

    [Fact]
    public void Only_what_was_placed_and_has_GPUs_counts()
    {
        var cluster = new TestCluster();
        cluster.AddNode("a");
        var before = cluster.State.Nodes.Mix.Version;
        cluster.Place(1, gpus: 0);
        cluster.Place(2, gpus: 16);
        Assert.Equal(before, cluster.State.Nodes.Mix.Version);
        cluster.Place(3, gpus: 1);
        Assert.NotEqual(before, cluster.State.Nodes.Mix.Version);
    }

    // 75 GPUs in group 0, 25 in group 1.
    private void Learn(int count, Func<int, (int Gpus, int Milli, int Cpu, int Memory)> shape, Func<int, GroupSet>? groups = null)
    {
        for (var i = 0; i < count; i++)
        {
            var (gpus, milli, cpu, memory) = shape(i);
            _mix.Learn(new Shape(gpus, milli, cpu, memory, groups?.Invoke(i) ?? GroupSet.Any), [75, 25]);
        }
    }
}
