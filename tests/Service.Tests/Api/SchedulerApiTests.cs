using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Api;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Scheduling.Commands;

namespace Pipeline.Hotpath.Tests.Api;

public sealed class SchedulerApiTests
{
    [Fact]
    public async Task Outcomes_that_a_caller_must_expect_are_answers()
    {
        await using var world = await LoopWorld.ReadyAsync();
        var api = new SchedulerApi(world.Loop);
        await SetAsync(api, Owner("p", onDemand: 2_000));

        Assert.Equal(PlaceOutcome.NoFit, (await api.PlaceAsync(Place(1, cpu: 65_000))).Outcome);
        Assert.Equal(PlaceOutcome.OverQuota, (await api.PlaceAsync(Place(2, gpus: 3))).Outcome);
        Assert.Equal((PlaceOutcome.Queued, ""), Outcome(await api.PlaceAsync(Place(3, gpus: 3, wait: true))));
        Assert.Equal((PlaceOutcome.Placed, "gpu-0001"), Outcome(await api.PlaceAsync(Place(4))));
        Assert.Equal((PlaceOutcome.AlreadyPlaced, "gpu-0001"), Outcome(await api.PlaceAsync(Place(4))));
        Assert.True((await api.ConfirmAsync(new ConfirmRequest { Workload = 4 })).Confirmed);
        Assert.False((await api.ConfirmAsync(new ConfirmRequest { Workload = 5 })).Confirmed);
        Assert.True((await api.ReportCheckpointAsync(new ReportCheckpointRequest { Workload = 4, AgeSeconds = 1 })).Known);
        Assert.False((await api.ReportCheckpointAsync(new ReportCheckpointRequest { Workload = 5 })).Known);
        Assert.True((await api.ReleaseAsync(new ReleaseRequest { Workload = 4 })).Released);
        Assert.False((await api.ReleaseAsync(new ReleaseRequest { Workload = 4 })).Released);

        static (PlaceOutcome, string) Outcome(PlaceReply reply) => (reply.Outcome, reply.Node);
    }

    [Fact]
    public async Task What_a_request_says_reaches_the_engine()
    {
        await using var world = await LoopWorld.ReadyAsync();
        var api = new SchedulerApi(world.Loop);
        await SetAsync(api, Owner("p", onDemand: 0));
        await api.PlaceAsync(new PlaceRequest
        {
            Workload = 3, Name = "team/w", Actor = "somebody", Wait = true, MayPreempt = true,
            Shape = new Shape { GpuCount = 1, GpuMilli = 250, CpuMilli = 2, MemoryMib = 3, Groups = { "h100" } },
            Traits = new Traits
            {
                Project = "p", Provisioning = Provisioning.Reserved, Category = Category.Data, Purpose = Purpose.Qa, Urgent = true,
                ExpectedSeconds = 5, RestartSeconds = 6, Service = 7, Reservation = 8,
            },
        });

        var job = Assert.Single(world.Loop.Snapshot.Pending());
        Assert.Equal((3UL, "team/w", "somebody", true), (job.Id, job.Name, job.Actor, job.MayPreempt));
        Assert.Equal(new Scheduling.Model.Shape(1, 250, 2, 3, Scheduling.Model.GroupSet.Of(0)), job.Shape);
        Assert.Equal(
            new Scheduling.Tenancy.WorkloadTraits
            {
                Project = 1, Provisioning = Scheduling.Tenancy.Provisioning.Reserved, Category = Scheduling.Tenancy.Category.Data, Purpose = Scheduling.Tenancy.Purpose.QA,
                Urgent = true, ExpectedSeconds = 5, RestartSeconds = 6, Service = 7, Reservation = 8,
            },
            job.Traits);
    }

    [Fact]
    public async Task A_profile_stands_for_its_numbers_and_its_group_unless_others_are_named()
    {
        await using var world = await LoopWorld.ReadyAsync();
        var other = Commands.Node(2);
        other.Group = "a100";
        await world.Loop.SubmitAsync(other);
        var api = new SchedulerApi(world.Loop);
        var policy = new SchedulingPolicy { Profiles = { new MachineProfile { Name = "pair", GpuCount = 2, CpuMilli = 7, MemoryMib = 8, Group = "a100" } } };
        await api.SetSchedulingPolicyAsync(new SetSchedulingPolicyRequest { Policy = policy });

        var placed = await api.PlaceAsync(new PlaceRequest { Workload = 1, Shape = new Shape { Profile = "pair" } });
        Assert.Equal(("gpu-0002", 0b11u), (placed.Node, placed.GpuMask));
        Assert.Equal("gpu-0001", (await api.PlaceAsync(new PlaceRequest { Workload = 2, Shape = new Shape { Profile = "pair", Groups = { "h100" } } })).Node);

        policy.Profiles[0].GpuCount = 4;
        await api.SetSchedulingPolicyAsync(new SetSchedulingPolicyRequest { Policy = policy });
        Assert.Equal(0b111100u, (await api.PlaceAsync(new PlaceRequest { Workload = 3, Shape = new Shape { Profile = "pair" } })).GpuMask);
    }

    [Fact]
    public async Task A_gang_is_placed_grows_and_goes()
    {
        await using var world = await LoopWorld.ReadyAsync(nodes: 2);
        var api = new SchedulerApi(world.Loop);
        await api.SetTopologyAsync(new SetTopologyRequest { Domains = { new Domain { Name = "leaf", Nodes = { "gpu-0001", "gpu-0002" } } } });
        var request = new PlaceGangRequest
        {
            Gang = 9, Topology = TopologyMode.Hard, MinMembers = 2,
            Roles = { new GangRole { Name = "worker", Shape = new Shape { GpuCount = 8 }, Members = { 1, 2, 3 } } },
        };
        var placed = await api.PlaceGangAsync(request);
        Assert.Equal((PlaceOutcome.Placed, 1), (placed.Outcome, placed.Waiting));
        Assert.Equal([1UL, 2UL], placed.Seats.Select(seat => seat.Workload));
        Assert.Equal(["gpu-0001", "gpu-0002"], placed.Seats.Select(seat => seat.Node).Order());
        Assert.All(placed.Seats, seat => Assert.Equal(0xFFu, seat.GpuMask));
        Assert.Equal(PlaceOutcome.NoFit, (await api.PlaceGangAsync(request)).Outcome);

        await world.Loop.SubmitAsync(Commands.Node(3));
        await api.SetTopologyAsync(new SetTopologyRequest { Domains = { new Domain { Name = "leaf", Nodes = { "gpu-0001", "gpu-0002", "gpu-0003" } } } });
        Assert.Equal(3, (await api.PlaceGangAsync(request)).Seats.Count);
        Assert.Equal(PlaceOutcome.AlreadyPlaced, (await api.PlaceGangAsync(request)).Outcome);
        Assert.True((await api.ReleaseGangAsync(new ReleaseGangRequest { Gang = 9 })).Released);
        Assert.False((await api.ReleaseGangAsync(new ReleaseGangRequest { Gang = 9 })).Released);
        Assert.Equal(0, world.Loop.Snapshot.WorkloadCount);
    }

    [Fact]
    public async Task A_pass_through_the_queue_says_how_many_it_placed()
    {
        await using var world = await LoopWorld.ReadyAsync();
        var api = new SchedulerApi(world.Loop);
        await SetAsync(api, Owner("p", onDemand: 0));
        for (ulong workload = 1; workload <= 3; workload++)
            await api.PlaceAsync(Place(workload, wait: true));
        Assert.Equal(0, (await api.ScheduleAsync(new ScheduleRequest())).Placed);
        await SetAsync(api, Owner("p", onDemand: -1));
        Assert.Equal(2, (await api.ScheduleAsync(new ScheduleRequest { MaxPlacements = 2 })).Placed);
        Assert.Equal(1, (await api.ScheduleAsync(new ScheduleRequest())).Placed);
    }

    [Fact]
    public async Task A_policy_that_was_acknowledged_is_in_force_after_a_restart()
    {
        using var disk = new Disk();
        var policy = new SchedulingPolicy { Projects = { Owner("p", onDemand: 4_000) }, SpreadMinNodes = 2 };
        SchedulingPolicy inForce;
        await using (var service = await StartAsync(disk))
        {
            Assert.True((await service.Scheduler.SetSchedulingPolicyAsync(new SetSchedulingPolicyRequest { Policy = policy })).Changed);
            Assert.False((await service.Scheduler.SetSchedulingPolicyAsync(new SetSchedulingPolicyRequest { Policy = policy })).Changed);
            inForce = (await service.Scheduler.GetSchedulingPolicyAsync(new GetSchedulingPolicyRequest())).Policy;
        }

        Assert.Equal((2, "p"), (inForce.SpreadMinNodes, Assert.Single(inForce.Projects).Name));
        await using var next = await StartAsync(disk);
        Assert.Equal(inForce, (await next.Scheduler.GetSchedulingPolicyAsync(new GetSchedulingPolicyRequest())).Policy);
        var over = await next.Scheduler.PlaceAsync(Place(1, gpus: 5));
        Assert.Equal(PlaceOutcome.OverQuota, over.Outcome);
    }

    private static Task<HotpathService> StartAsync(Disk disk) => HotpathService.StartAsync(
        new HotpathOptions { DataDirectory = disk.Path }, new FakeCluster().WithNodes(Commands.NodeName(1)), new NoWakeups(), TimeProvider.System,
        NullLoggerFactory.Instance, default);

    private static Task SetAsync(SchedulerApi api, Project project)
        => api.SetSchedulingPolicyAsync(new SetSchedulingPolicyRequest { Policy = new SchedulingPolicy { Projects = { project } } });

    private static Project Owner(string name, long onDemand)
        => new() { Name = name, Workspace = "w", MayBeUrgent = true, Quotas = { new Quota { Group = "*", OnDemand = onDemand } } };

    private static PlaceRequest Place(ulong workload, int gpus = 1, long cpu = 0, bool wait = false)
        => new() { Workload = workload, Shape = new Shape { GpuCount = gpus, CpuMilli = cpu }, Traits = new Traits { Project = "p" }, Wait = wait };
}
