using Pipeline.Scheduling.Tests.Support;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Tests.Topology;

public class GpuPackingTests
{
    [Fact]
    public void The_packing_is_the_one_that_best_fit_gives_member_by_member()
        => Seeded.ForAll(random =>
        {
            var (free, demands) = (Free(random, 16, 12), Demands(random, [1, 2, 3, 4, 5, 6, 7, 8, 11, 16], 9));
            Assert.Equal(NaivePacking.Remnants(free, NaivePacking.MembersOf(demands)), GpuPacking.Remnants(Counts(free), new GpuNeed(demands)));
        }, 2000);

    [Fact]
    public void Where_sizes_divide_one_another_capacities_alone_say_whether_a_need_fits()
        => Seeded.ForAll(random =>
        {
            var (free, demands) = (Free(random, 8, 4), Demands(random, random.Next(2) == 0 ? [1, 2, 4, 8] : [2, 6], 3));
            var (counts, need) = (Counts(free), new GpuNeed(demands));
            var fits = NaivePacking.Fits(free, NaivePacking.MembersOf(demands));
            Assert.True(need.IsChain);
            Assert.Equal(fits, FreeCounts.Cover(counts, need));
            Assert.Equal(fits, GpuPacking.Remnants(counts, need) >= 0);
        }, 2000);

    [Fact]
    public void For_any_sizes_what_capacities_refuse_does_not_fit_and_what_is_packed_does()
        => Seeded.ForAll(random =>
        {
            var (free, demands) = (Free(random, 8, 4), Demands(random, [1, 2, 3, 4, 5, 6, 7, 8], 3));
            var (counts, need) = (Counts(free), new GpuNeed(demands));
            var fits = NaivePacking.Fits(free, NaivePacking.MembersOf(demands));
            Assert.True(FreeCounts.Cover(counts, need) || !fits);
            Assert.True(fits || GpuPacking.Remnants(counts, need) < 0);
        }, 2000);

    [Fact]
    public void Sizes_that_do_not_divide_one_another_can_mislead_capacities_and_the_packing()
    {
        var mixed = new GpuNeed([new MemberDemand(2, 1), new MemberDemand(3, 1)]);
        Assert.False(mixed.IsChain);
        Assert.True(FreeCounts.Cover(Counts([1, 4]), mixed));
        Assert.Equal(GpuPacking.DoesNotFit, GpuPacking.Remnants(Counts([1, 4]), mixed));

        MemberDemand[] missed = [new(2, 3), new(3, 1)];
        Assert.True(NaivePacking.Fits([4, 5], NaivePacking.MembersOf(missed)));
        Assert.Equal(GpuPacking.DoesNotFit, GpuPacking.Remnants(Counts([4, 5]), new GpuNeed(missed)));
    }

    [Fact]
    public void The_capacity_of_many_rows_is_that_of_each()
        => Seeded.ForAll(random =>
        {
            int[][] rows = [Counts(Free(random, 16, 12)), Counts(Free(random, 16, 12)), Counts(Free(random, 16, 12))];
            for (var gpus = 1; gpus <= 16; gpus++)
            {
                var mask = new CapacityMask(gpus);
                for (var row = 0; row < rows.Length; row++)
                    Assert.Equal(FreeCounts.Capacity(rows[row], gpus), mask.Capacity([.. rows.SelectMany(r => r)], row));
            }
        });

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(17, 1)]
    [InlineData(1, -1)]
    [InlineData(1, 0)]
    [InlineData(1, GpuNeed.MaxMembers + 1)]
    public void A_need_out_of_range_is_refused(int gpus, int members)
        => Assert.Throws<ArgumentOutOfRangeException>(() => new GpuNeed([new MemberDemand(gpus, members)]));

    internal static MemberDemand[] Demands(Random random, int[] sizes, int mostMembers)
        => [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => new MemberDemand(sizes[random.Next(sizes.Length)], random.Next(1, mostMembers + 1)))];

    private static List<int> Free(Random random, int most, int nodes) => [.. Enumerable.Range(0, random.Next(1, nodes + 1)).Select(_ => random.Next(most + 1))];

    private static int[] Counts(List<int> free) => [.. Enumerable.Range(1, FreeCounts.Width).Select(m => free.Count(f => f >= m))];
}
