using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Preemption;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Preemption;

public class ReferenceTimesTests
{
    [Fact]
    public void A_node_has_one_in_each_period_and_is_told_when_it_has_passed()
        => Seeded.ForAll(random =>
        {
            var (node, from) = (random.Next(NodeTable.MaxNodes), random.NextInt64(2_000_000_000));
            var next = from + ReferenceTimes.Left(node, ReferenceTimes.MomentOf(from));
            Assert.InRange(next - from, 1, ReferenceTimes.Period);
            Assert.Equal(ReferenceTimes.Period, ReferenceTimes.Left(node, ReferenceTimes.MomentOf(next)));
            Assert.False(ReferenceTimes.IsBetween(node, from, next - 1));
            Assert.True(ReferenceTimes.IsBetween(node, from, next));
            Assert.Equal(next, (next - 1) + ReferenceTimes.Left(node, ReferenceTimes.MomentOf(next - 1)));
        });

    [Theory]
    [InlineData(2)]
    [InlineData(40)]
    [InlineData(391)]
    [InlineData(NodeTable.MaxNodes / ReferenceTimes.Together)]
    public void Blocks_lie_apart_so_that_no_stretch_of_time_has_many_more_than_another(int blocks)
    {
        var leads = Enumerable.Range(0, blocks).Select(block => ReferenceTimes.LeadOf(block * ReferenceTimes.Together)).Order().ToArray();
        Assert.Equal(blocks, leads.Distinct().Count());
        var widest = leads.Zip([.. leads[1..], leads[0] + ReferenceTimes.Period], (one, next) => next - one).Max();
        Assert.InRange(widest, 1, 3 * ReferenceTimes.Period / blocks);
    }
}
