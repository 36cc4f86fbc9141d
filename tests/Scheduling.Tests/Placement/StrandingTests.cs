using Pipeline.Scheduling.Placement;

namespace Pipeline.Scheduling.Tests.Placement;

public class StrandingTests
{
    [Fact]
    public void The_cheapest_strandings_come_first_and_each_comes_once_with_all_that_cost_the_same()
    {
        for (var tilt = -40; tilt <= 40; tilt++)
        {
            var costs = new List<int>();
            for (var rest = uint.MaxValue; rest != 0;)
            {
                var taken = Stranding.TakeCheapest(ref rest, tilt);
                var of = Enumerable.Range(0, Stranding.Max + 1).Where(s => (taken >> s & 1) != 0).Select(s => Stranding.Cost(s, tilt));
                costs.Add(Assert.Single(of.Distinct()));
            }
            Assert.Equal(Enumerable.Range(0, Stranding.Max + 1).Select(s => Stranding.Cost(s, tilt)).Distinct().Order(), costs);
        }
    }

    [Theory]
    [InlineData(0, 0, Stranding.Balanced)]
    [InlineData(4000, 4000, Stranding.Balanced)]
    [InlineData(1000, 0, Stranding.Balanced + 3)]
    [InlineData(0, 1, Stranding.Balanced - 1)]
    [InlineData(16_000, 0, Stranding.Max)]
    [InlineData(0, int.MaxValue, 0)]
    public void What_is_free_and_not_served_is_stranded(int free, int served, int expected)
        => Assert.Equal(expected, Stranding.Of(free, served));

    [Theory]
    [InlineData(1000, 1000, 0)]
    [InlineData(1500, 1000, 2)]
    [InlineData(0, 1000, -4)]
    [InlineData(1100, 1000, 0)]
    public void A_workload_tilts_its_node_by_what_it_takes_beyond_the_usual(int served, int gpu, int expected)
        => Assert.Equal(expected, Stranding.Tilt(served, gpu));

    [Fact]
    public void A_usual_ratio_is_at_most_a_step_below_the_truth_and_stays_while_it_is_near()
    {
        var random = new Random(1);
        for (var round = 0; round < 10_000; round++)
        {
            var amount = random.NextInt64(1, 1L << random.Next(1, 40));
            var step = UsualRatio.Next(UsualRatio.None, amount);
            Assert.True(UsualRatio.IsStep(step));
            Assert.InRange(UsualRatio.ValueOf(step), amount * 0.9 - 1, amount);
            Assert.Equal(step, UsualRatio.Next(step, amount));
            var moved = UsualRatio.Next(step, amount + amount / 4 + 1);
            Assert.True(moved > step);
            Assert.True(UsualRatio.Next(moved, amount) <= moved);
        }
        Assert.Equal(UsualRatio.None, UsualRatio.Next(40, 0));
    }
}
