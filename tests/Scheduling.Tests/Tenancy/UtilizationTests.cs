using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Tenancy;

public class UtilizationTests
{
    [Fact]
    public void A_month_of_the_largest_reports_keeps_the_share_that_was_busy()
    {
        var cluster = new TestCluster();
        var report = new ReportUtilizationCommand
        {
            GpuSeconds = ReportUtilizationCommand.MaxSeconds,
            BusySeconds = ReportUtilizationCommand.MaxSeconds / 4 * 3,
        };
        // More than twice what fits 64 bits.
        for (var sum = UInt128.Zero; sum < (UInt128)long.MaxValue * 2; sum += (UInt128)ReportUtilizationCommand.MaxSeconds)
            Assert.Equal(Outcome.Done, cluster.Do(report).Outcome);
        Assert.Equal(750, cluster.State.Tenancy.Meters.UtilizationPermille(0, cluster.Now));
    }
}
