using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Tenancy;

public class ProjectMetersTests
{
    private readonly TestCluster _cluster = new();

    [Fact]
    public void No_number_of_reports_makes_the_busy_share_of_a_month_wrong()
    {
        var meters = new ProjectMeters();
        for (var report = 0; report < 400_000; report++)
            meters.Report(0, ReportUtilizationCommand.MaxSeconds, ReportUtilizationCommand.MaxSeconds / 4, _cluster.Now);
        Assert.Equal(250, meters.UtilizationPermille(0, _cluster.Now));
    }

    [Theory]
    [InlineData(8, 0, true)]
    [InlineData(0, 8, true)]
    [InlineData(8, -1, true)]
    [InlineData(0, -1, false)]
    [InlineData(0, 0, false)]
    public void Use_is_held_against_the_share_of_a_project_that_has_one(long reserved, long onDemand, bool hasShare)
    {
        _cluster.AddNode("n");
        _cluster.SetPolicy(Tenants.PolicyOf(Tenants.Project("p", reserved, onDemand)));
        _cluster.Place(1, new WorkloadTraits { Project = 1, Provisioning = Provisioning.Spot }, gpus: 8);
        Assert.Equal(hasShare, Priorities.Record(_cluster.State.Tenancy, 1, _cluster.Now + 3_600_000) < 0);
    }
}
