using Pipeline.Hotpath.Cluster.Kubernetes.Objects;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Hotpath.Tests.Cluster.Kubernetes.Declared;

public sealed class UsageReportTests
{
    [Fact]
    public async Task What_a_project_uses_and_may_use_is_counted_by_group_and_kind()
    {
        await using var world = await LoopWorld.ReadyAsync(nodes: 2);
        await world.Loop.SubmitAsync(new SetSchedulingPolicyCommand
        {
            Policy = new SchedulingPolicy
            {
                Projects = [new Project("idle", "w", false, [new Quota("h100", 4_000, 0, -1)]), new Project("p", "w", false, [new Quota("*", 2_000, 1_000, -1)])],
            },
        });
        var project = world.Loop.Snapshot.Projects.IndexOf("p");
        await PlaceAsync(world, 1, 2, 1000, project, Provisioning.Reserved);
        await PlaceAsync(world, 2, 1, 1000, project, Provisioning.OnDemand);
        await PlaceAsync(world, 3, 2, 1000, project, Provisioning.OnDemand);
        await PlaceAsync(world, 4, 1, 500, project, Provisioning.Spot);

        var report = new UsageReport(world.Loop.Snapshot);
        var used = report.Of("p")!;
        Assert.Equal(("5.5", "2", "2/2"), (used.Gpus, used.Borrowed, used.Reserved));
        Assert.Equal(
            [("h100", "reserved", "2", "2"), ("h100", "on-demand", "1", "1"), ("h100", "borrowed", "2", null), ("h100", "spot", "0.5", "unlimited")],
            used.Usage.Select(row => (row.Group, row.Kind, row.Used, row.Quota)));
        Assert.Equal([("h100", "reserved", "0", "4")], report.Of("idle")!.Usage.Select(row => (row.Group, row.Kind, row.Used, row.Quota)));
        Assert.Null(report.Of("unknown"));
    }

    [Fact]
    public async Task A_quota_of_a_machine_group_without_nodes_is_told()
    {
        await using var world = await LoopWorld.ReadyAsync(nodes: 1);
        await world.Loop.SubmitAsync(new SetSchedulingPolicyCommand
        {
            Policy = new SchedulingPolicy { Projects = [new Project("p", "w", false, [new Quota("b200", 4_000, 1_000, -1), new Quota("h100", 2_000, 0, -1)])] },
        });

        var told = new UsageReport(world.Loop.Snapshot).Of("p")!;
        Assert.Equal("0/6", told.Reserved);
        Assert.Equal(
            [("h100", "reserved", "0", "2"), ("b200", "reserved", "0", "4"), ("b200", "on-demand", "0", "1")],
            told.Usage.Select(row => (row.Group, row.Kind, row.Used, row.Quota)));
    }

    private static async Task PlaceAsync(LoopWorld world, ulong id, int gpus, int milli, int project, Provisioning provisioning)
    {
        var place = Commands.Place(id, gpus);
        (place.GpuMilli, place.Traits) = (milli, new WorkloadTraits { Project = project, Provisioning = provisioning });
        Assert.Equal(Outcome.Done, (await world.Loop.SubmitAsync(place)).Outcome);
    }
}
