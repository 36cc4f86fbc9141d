using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Api.Decisions;
using Engine = Pipeline.Scheduling.Tenancy;

namespace Pipeline.Hotpath.Tests.Api;

public sealed class PolicyContractTests
{
    [Fact]
    public void A_policy_that_says_everything_comes_back_as_it_was()
    {
        var policy = Full();
        Assert.Equal(policy, policy.ToEngine().ToContract());
    }

    [Fact]
    public void A_policy_that_says_nothing_is_the_open_one_which_is_told_in_full()
    {
        var open = Engine.SchedulingPolicy.Open.ToContract();
        Assert.Equal(open, new SchedulingPolicy().ToEngine().ToContract());
        Assert.Equal(open, new SchedulingPolicy { Priority = new(), Preemption = new(), Reservations = new() }.ToEngine().ToContract());
        Assert.Equal(
            (3, 1, 8, 60, 1800, 600, 90, 5),
            (open.SpreadMinNodes, open.ZoneSmallGpus, open.ZoneMediumGpus, open.Priority.PerWaitingHour, open.Preemption.ServingPerGpu, open.Preemption.InteractivePerGpu,
                open.Reservations.HorizonDays, open.Priority.Table.Count));
    }

    [Fact]
    public void Names_may_come_in_any_order()
    {
        var shuffled = Full();
        (shuffled.Projects[0], shuffled.Projects[1]) = (shuffled.Projects[1], shuffled.Projects[0]);
        (shuffled.Profiles[0], shuffled.Profiles[1]) = (shuffled.Profiles[1], shuffled.Profiles[0]);
        var quotas = shuffled.Projects[1].Quotas;
        (quotas[0], quotas[1]) = (quotas[1], quotas[0]);
        Assert.Equal(Full(), shuffled.ToEngine().ToContract());
    }

    [Fact]
    public void A_quota_that_leaves_spot_out_sets_it_no_limit()
    {
        var policy = new SchedulingPolicy { Projects = { new Project { Name = "a", Workspace = "w", Quotas = { new Quota { Group = "g" } } } } };
        Assert.Equal(new Engine.Quota("g", 0, 0, -1), Assert.Single(Assert.Single(policy.ToEngine().Projects).Quotas));
    }

    private static SchedulingPolicy Full() => new()
    {
        Projects =
        {
            new Project
            {
                Name = "a", Workspace = "w1", MayBeUrgent = true,
                Quotas = { new Quota { Group = "*", Reserved = 11, OnDemand = -1, Spot = 12 }, new Quota { Group = "h100", Reserved = 13, OnDemand = 14, Spot = 0 } },
            },
            new Project { Name = "b", Workspace = "w2" },
        },
        Profiles =
        {
            new MachineProfile { Name = "half", GpuCount = 1, GpuMilli = 500, CpuMilli = 15, MemoryMib = 16 },
            new MachineProfile { Name = "whole", GpuCount = 8, GpuMilli = 1000, CpuMilli = 17, MemoryMib = 18, Group = "h100" },
        },
        Priority = new PriorityRules
        {
            Table = { new PriorityRow { Provisioning = Provisioning.Spot, Purpose = Purpose.Qa, Points = 19 }, new PriorityRow { Category = Category.Interactive } },
            PerSizeDoubling = 20,
            PerWaitingHour = 21,
            ForUse = 22,
            ForUtilization = 23,
            ForUrgency = 0,
        },
        SpreadMinNodes = 4,
        ZoneSmallGpus = 5,
        ZoneMediumGpus = 6,
        Preemption = new PreemptionRules
        {
            OverrideBudgets = true,
            TrainingPerGpu = 24,
            ServingPerGpu = 25,
            DataPerGpu = 26,
            InteractivePerGpu = 27,
            PerGang = 28,
            MinRunSeconds = 29,
        },
        Reservations = new ReservationRules { DrainSeconds = 30, HorizonDays = 31, HoldAfterSeconds = 32, MaxHolds = 33 },
        MixGroups = true,
    };
}
