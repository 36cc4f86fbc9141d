using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Contracts;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Api;
using Pipeline.Hotpath.Api.Decisions;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Scheduling.Commands;

namespace Pipeline.Hotpath.Tests.Api;

public sealed class SchedulerApiTests
{
    [Fact]
    public async Task Outcomes_that_a_caller_must_expect_are_answers()
    {
        await using var world = await LoopWorld.ReadyAsync();
        var api = new SchedulerApi(world.Loop, world.Time);
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
        var api = new SchedulerApi(world.Loop, world.Time);
        await SetAsync(api, Owner("p", onDemand: 0));
        await api.PlaceAsync(new PlaceRequest
        {
            Workload = 3,
            Name = "team/w",
            Actor = "somebody",
            Wait = true,
            MayPreempt = true,
            Shape = new Shape { GpuCount = 1, GpuMilli = 250, CpuMilli = 2, MemoryMib = 3, Groups = { "h100" } },
            Traits = new Traits
            {
                Project = "p",
                Provisioning = Provisioning.Reserved,
                Category = Category.Data,
                Purpose = Purpose.Qa,
                Urgent = true,
                ExpectedSeconds = 5,
                RestartSeconds = 6,
                Service = 7,
                Reservation = 8,
            },
        });

        var job = Assert.Single(world.Loop.Snapshot.Pending());
        Assert.Equal((3UL, "team/w", "somebody", true), (job.Id, job.Name, job.Actor, job.MayPreempt));
        Assert.Equal(new Scheduling.Model.Shape(1, 250, 2, 3, Scheduling.Model.GroupSet.Of(0)), job.Shape);
        Assert.Equal(
            new Scheduling.Tenancy.WorkloadTraits
            {
                Project = 1,
                Provisioning = Scheduling.Tenancy.Provisioning.Reserved,
                Category = Scheduling.Tenancy.Category.Data,
                Purpose = Scheduling.Tenancy.Purpose.QA,
                Urgent = true,
                ExpectedSeconds = 5,
                RestartSeconds = 6,
                Service = 7,
                Reservation = 8,
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
        var api = new SchedulerApi(world.Loop, world.Time);
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
        var api = new SchedulerApi(world.Loop, world.Time);
        await api.SetTopologyAsync(new SetTopologyRequest { Domains = { new Domain { Name = "leaf", Nodes = { "gpu-0001", "gpu-0002" } } } });
        var request = new PlaceGangRequest
        {
            Gang = 9,
            Topology = TopologyMode.Hard,
            MinMembers = 2,
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
    public async Task Members_share_no_node_with_those_of_roles_that_either_names_and_it_is_said_how_many_are_lacking()
    {
        await using var world = await LoopWorld.ReadyAsync(nodes: 3);
        var api = new SchedulerApi(world.Loop, world.Time);
        var shape = new Shape { GpuCount = 1 };
        var request = new PlaceGangRequest
        {
            Gang = 9,
            Wait = true,
            Roles =
            {
                new GangRole { Name = "server", Shape = shape, Members = { 1 } },
                new GangRole { Name = "worker", Shape = shape, Members = { 2, 3 }, ApartFrom = { "worker", "server" } },
                new GangRole { Name = "loader", Shape = shape, Members = { 4, 5, 6, 7 } },
            },
        };
        Assert.Equal(3, (await api.PlaceGangAsync(request)).Seats.Where(seat => seat.Workload <= 3).Select(seat => seat.Node).Distinct().Count());

        (request.Gang, request.Roles[0].Members[0]) = (10, 11);
        request.Roles[1].Members.Clear();
        request.Roles[1].Members.Add([12, 13, 14, 15, 16]);
        request.Roles.RemoveAt(2);
        Assert.Equal(PlaceOutcome.Queued, (await api.PlaceGangAsync(request)).Outcome);
        var reason = (await api.ExplainAsync(new ExplainRequest { Gang = 10 })).Reasons.Single(reason => reason.Code == "TOO_FEW_NODES");
        Assert.Equal("members of the gang may not share a node, and 2 nodes with room are lacking", reason.Detail);
    }

    [Fact]
    public async Task A_pass_through_the_queue_says_how_many_it_placed()
    {
        await using var world = await LoopWorld.ReadyAsync();
        var api = new SchedulerApi(world.Loop, world.Time);
        await SetAsync(api, Owner("p", onDemand: 0));
        for (ulong workload = 1; workload <= 3; workload++)
            await api.PlaceAsync(Place(workload, wait: true));
        Assert.Equal(0, (await api.ScheduleAsync(new ScheduleRequest())).Placed);
        await SetAsync(api, Owner("p", onDemand: -1));
        Assert.Equal(2, (await api.ScheduleAsync(new ScheduleRequest { MaxPlacements = 2 })).Placed);
        Assert.Equal(1, (await api.ScheduleAsync(new ScheduleRequest())).Placed);
    }

    [Fact]
    public async Task Who_ranks_higher_evicts_and_is_told_whom_unless_a_budget_forbids_it()
    {
        await using var world = await LoopWorld.ReadyAsync();
        var api = new SchedulerApi(world.Loop, world.Time);
        await SetAsync(api, Owner("p", onDemand: -1));
        await api.SetBudgetAsync(new SetBudgetRequest { Name = "team/b", Allowed = 0 });
        for (ulong workload = 1; workload <= 8; workload++)
        {
            var spot = Place(workload);
            spot.Traits.Provisioning = Provisioning.Spot;
            spot.Traits.Budget = workload == 5 ? "" : "team/b";
            Assert.Equal(PlaceOutcome.Placed, (await api.PlaceAsync(spot)).Outcome);
        }

        Assert.Equal(PlaceOutcome.NoFit, (await api.PlaceAsync(Place(9))).Outcome);
        var placed = await api.PreemptAsync(Place(9));
        Assert.Equal((PlaceOutcome.Placed, "gpu-0001"), (placed.Outcome, placed.Node));
        Assert.Equal((5UL, "gpu-0001"), (Assert.Single(placed.Victims).Workload, placed.Victims[0].Node));
        Assert.Equal(PlaceOutcome.NoFit, (await api.PreemptAsync(Place(10))).Outcome);
        await api.SetBudgetAsync(new SetBudgetRequest { Name = "team/b", Allowed = 2 });
        var gang = await api.PlaceGangAsync(new PlaceGangRequest
        {
            Gang = 20,
            MayPreempt = true,
            Traits = new Traits { Project = "p" },
            Roles = { new GangRole { Name = "worker", Shape = new Shape { GpuCount = 1 }, Members = { 21, 22 } } },
        });
        Assert.Equal((2, 2), (gang.Seats.Count, gang.Victims.Count));
    }

    [Fact]
    public async Task A_reservation_is_admitted_listed_and_called_off()
    {
        await using var world = await LoopWorld.ReadyAsync(nodes: 2);
        var api = new SchedulerApi(world.Loop, world.Time);
        var owner = Owner("p", onDemand: 0);
        owner.Quotas[0].Reserved = 16_000;
        await SetAsync(api, owner);
        var start = world.Time.GetUtcNow().AddHours(1).ToUnixTimeMilliseconds();
        var request = new ReserveRequest { Reservation = 5, Name = "exam", Project = "p", Group = "h100", Nodes = 2, StartMs = start, EndMs = start + 60_000 };

        var reserved = (await api.ReserveAsync(request)).Reservation;
        Assert.Equal((5UL, "exam", "p", "h100", "scheduled", start, start + 60_000),
            (reserved.Id, reserved.Name, reserved.Project, reserved.Group, reserved.State, reserved.StartMs, reserved.EndMs));
        Assert.Equal(["gpu-0001", "gpu-0002"], reserved.Nodes);
        Assert.Equal(reserved, (await api.ReserveAsync(request)).Reservation);
        var other = request.Clone();
        other.Nodes = 1;
        Assert.Equal(RefusalReason.AlreadyExists, (await Assert.ThrowsAsync<RequestRefusedException>(() => api.ReserveAsync(other))).Reason);
        other.Reservation = 6;
        Assert.Equal(RefusalReason.FailedPrecondition, (await Assert.ThrowsAsync<RequestRefusedException>(() => api.ReserveAsync(other))).Reason);

        Assert.Equal([reserved], (await api.ListReservationsAsync(new ListReservationsRequest())).Reservations);
        Assert.Single((await api.ListReservationsAsync(new ListReservationsRequest { FromMs = start + 59_999 })).Reservations);
        Assert.Empty((await api.ListReservationsAsync(new ListReservationsRequest { FromMs = start + 60_000 })).Reservations);
        Assert.Equal("", (await api.ListReservationsAsync(new ListReservationsRequest { Limit = 1 })).Continue);
        Assert.Empty((await api.ListReservationsAsync(new ListReservationsRequest { ToMs = start })).Reservations);
        Assert.True((await api.CancelReservationAsync(new CancelReservationRequest { Reservation = 5 })).Cancelled);
        Assert.False((await api.CancelReservationAsync(new CancelReservationRequest { Reservation = 5 })).Cancelled);
        Assert.Equal("cancelled", Assert.Single((await api.ListReservationsAsync(new ListReservationsRequest())).Reservations).State);
    }

    [Fact]
    public async Task The_queue_is_woken_by_who_comes_to_wait_and_by_changes_that_may_let_somebody_start()
    {
        await using var world = await LoopWorld.ReadyAsync();
        var wakes = 0;
        var api = new SchedulerApi(world.Loop, world.Time, () => wakes++);
        async Task WakesAsync(int expected, Task call)
        {
            await call;
            Assert.Equal(expected, wakes);
            wakes = 0;
        }

        await WakesAsync(1, SetAsync(api, Owner("p", onDemand: -1)));
        await WakesAsync(0, SetAsync(api, Owner("p", onDemand: -1)));
        await WakesAsync(0, api.PlaceAsync(Place(1)));
        await WakesAsync(0, api.PlaceAsync(Place(2, gpus: 8)));
        await WakesAsync(1, api.PlaceAsync(Place(2, gpus: 8, wait: true)));
        var gang = new PlaceGangRequest
        {
            Gang = 20,
            Wait = true,
            Traits = new Traits { Project = "p" },
            Roles = { new GangRole { Name = "worker", Shape = new Shape { GpuCount = 8 }, Members = { 21, 22 } } },
        };
        await WakesAsync(1, api.PlaceGangAsync(gang));
        await WakesAsync(1, api.ReleaseGangAsync(new ReleaseGangRequest { Gang = 20 }));
        await WakesAsync(0, api.ReleaseGangAsync(new ReleaseGangRequest { Gang = 20 }));
        await WakesAsync(1, api.ReleaseAsync(new ReleaseRequest { Workload = 1 }));
        await WakesAsync(0, api.ReleaseAsync(new ReleaseRequest { Workload = 1 }));
        await WakesAsync(1, api.SetTopologyAsync(new SetTopologyRequest { Domains = { new Domain { Name = "leaf", Nodes = { "gpu-0001" } } } }));
        await WakesAsync(1, api.SetBudgetAsync(new SetBudgetRequest { Name = "b", Allowed = 1 }));
        await WakesAsync(0, api.ScheduleAsync(new ScheduleRequest()));
    }

    [Fact]
    public async Task A_reservation_that_is_called_off_wakes_the_queue()
    {
        await using var world = await LoopWorld.ReadyAsync();
        var wakes = 0;
        var api = new SchedulerApi(world.Loop, world.Time, () => wakes++);
        var owner = Owner("p", onDemand: 0);
        owner.Quotas[0].Reserved = 8_000;
        await SetAsync(api, owner);
        var start = world.Time.GetUtcNow().AddHours(1).ToUnixTimeMilliseconds();
        wakes = 0;

        await api.ReserveAsync(new ReserveRequest { Reservation = 5, Name = "exam", Project = "p", Group = "h100", Nodes = 1, StartMs = start, EndMs = start + 60_000 });
        Assert.Equal(0, wakes);
        await api.CancelReservationAsync(new CancelReservationRequest { Reservation = 5 });
        Assert.Equal(1, wakes);
    }

    [Fact]
    public async Task Waiting_and_placed_jobs_are_explained()
    {
        await using var world = await LoopWorld.ReadyAsync();
        var api = new SchedulerApi(world.Loop, world.Time);
        await SetAsync(api, Owner("p", onDemand: 1_000));
        await api.PlaceAsync(Place(1));
        await api.PlaceAsync(Place(2, gpus: 2, wait: true));

        var placed = await api.ExplainAsync(new ExplainRequest { Workload = 1 });
        Assert.Equal(("placed", "gpu-0001"), (placed.State, Assert.Single(placed.Seats).Node));
        Assert.Equal(["RULE", "QUOTA"], placed.BecauseCodes);
        Assert.Equal(placed.BecauseCodes.Count, placed.Because.Count);
        var waiting = await api.ExplainAsync(new ExplainRequest { Workload = 2 });
        Assert.Equal(("pending", 0), (waiting.State, waiting.Position));
        Assert.Equal(("OVER_QUOTA", 1), (waiting.Reasons[0].Code, waiting.Reasons[0].Nodes));
        Assert.Contains("2000 milli-GPU", waiting.Reasons[0].Detail);
        Assert.Equal(("RAISE_QUOTA", 2_000L, "h100"), (waiting.Remedies[0].Code, waiting.Remedies[0].Amount, waiting.Remedies[0].Subject));
        Assert.Contains(waiting.Remedies, remedy => remedy.Code == "AS_SPOT");
    }

    [Fact]
    public async Task A_gang_that_has_its_places_is_explained_by_its_name()
    {
        await using var world = await LoopWorld.ReadyAsync(nodes: 2);
        var api = new SchedulerApi(world.Loop, world.Time);
        await api.PlaceGangAsync(new PlaceGangRequest
        {
            Gang = 9,
            Name = "team/train",
            Roles = { new GangRole { Name = "worker", Shape = new Shape { GpuCount = 8 }, Members = { 1, 2 } } },
        });
        Assert.Equal([1UL, 2UL], (await api.ExplainAsync(new ExplainRequest { Name = "team/train" })).Seats.Select(seat => seat.Workload).Order());

        // Where the cluster has names of its own for the members.
        await world.Loop.SubmitAsync(new BindCommand { Workload = 1, Name = "team/train-0", Node = "gpu-0001", GpuMask = 0xFF, GpuMilli = 1000, Gang = 9 });
        await world.Loop.SubmitAsync(new BindCommand { Workload = 2, Name = "team/train-1", Node = "gpu-0002", GpuMask = 0xFF, GpuMilli = 1000, Gang = 9 });
        Assert.Equal(2, (await api.ExplainAsync(new ExplainRequest { Name = "team/train" })).Seats.Count);
        Assert.Equal(2UL, Assert.Single((await api.ExplainAsync(new ExplainRequest { Name = "team/train-1" })).Seats).Workload);
    }

    [Fact]
    public async Task A_job_that_waits_is_told_when_it_can_start_or_why_nobody_knows()
    {
        await using var world = await LoopWorld.ReadyAsync();
        var api = new SchedulerApi(world.Loop, world.Time);
        await SetAsync(api, Owner("p", onDemand: 16_000));
        var running = Place(1, gpus: 8);
        running.Traits.ExpectedSeconds = 600;
        await api.PlaceAsync(running);
        await api.PlaceAsync(Place(2, gpus: 8, wait: true));
        var known = await api.ExplainAsync(new ExplainRequest { Workload = 2 });
        Assert.Equal(world.Time.GetUtcNow().ToUnixTimeMilliseconds() + 600_000, known.EarliestStartMs);

        await api.ReleaseAsync(new ReleaseRequest { Workload = 1 });
        await api.PlaceAsync(Place(3, gpus: 8));
        var unknown = await api.ExplainAsync(new ExplainRequest { Name = Place(2).Name });
        Assert.Equal(0, unknown.EarliestStartMs);
        Assert.NotEmpty(unknown.EarliestStartReason);
    }

    [Fact]
    public async Task Reservations_come_in_pages_that_a_client_can_take_and_that_lose_none()
    {
        await using var world = await LoopWorld.ReadyAsync(nodes: 2);
        var api = new SchedulerApi(world.Loop, world.Time);
        var owner = Owner("p", onDemand: 0);
        owner.Quotas[0].Reserved = 1_000_000;
        await SetAsync(api, owner);
        var hour = world.Time.GetUtcNow().AddHours(1).ToUnixTimeMilliseconds();
        // Names of 1.5 KiB each in UTF-8.
        for (ulong id = 1; id <= 1_000; id++)
        {
            var start = hour + (long)(id * 7 % 500) * 60_000;
            await api.ReserveAsync(new ReserveRequest
            {
                Reservation = id,
                Name = new string('노', 512),
                Project = "p",
                Group = "h100",
                Nodes = 1,
                StartMs = start,
                EndMs = start + 60_000,
            });
        }

        var (turned, ids) = (0, new List<ulong>());
        for (var next = new ListReservationsRequest(); ; turned++)
        {
            var page = await api.ListReservationsAsync(next);
            Assert.InRange(page.CalculateSize(), 1, 2 << 20);
            ids.AddRange(page.Reservations.Select(reservation => reservation.Id));
            if (page.Continue.Length == 0)
                break;
            next.Continue = page.Continue;
        }

        Assert.Equal(1, turned);
        Assert.Equal(world.Loop.Snapshot.Reservations.Live.Values.OrderBy(r => r.Start).ThenBy(r => r.Id).Select(r => r.Id), ids);
        Assert.Equal(ids.Take(2), (await api.ListReservationsAsync(new ListReservationsRequest { Limit = 2 })).Reservations.Select(r => r.Id));
        foreach (var token in (string[])["x", "-", "1-", "-1", "1-x", "1-2-3"])
            Assert.Equal("continue", (await Assert.ThrowsAsync<RequestRefusedException>(() => api.ListReservationsAsync(new ListReservationsRequest { Continue = token }))).Field);
    }

    [Fact]
    public async Task Who_asks_when_a_job_can_start_beside_too_many_others_is_to_come_again()
    {
        await using var world = await LoopWorld.ReadyAsync();
        var api = new SchedulerApi(world.Loop, world.Time);
        await SetAsync(api, Owner("p", onDemand: -1));
        await api.PlaceAsync(Place(1, gpus: 8));
        await api.PlaceAsync(Place(2, gpus: 8, wait: true));
        var time = new StoppedTime();
        var (explanations, snapshot) = (new Explanations(world.Loop, time), world.Loop.Snapshot);
        var calls = Enumerable.Range(0, Explanations.MaxCalls).Select(_ => explanations.WithStartAsync(snapshot, 2, 0, default)).ToList();
        var full = await Assert.ThrowsAsync<HotpathUnavailableException>(() => explanations.WithStartAsync(snapshot, 2, 0, default));
        Assert.True(full.QueueFull);
        time.Go.Set();
        Assert.All(await Task.WhenAll(calls), answer => Assert.NotNull(answer.Start));
        Assert.NotNull((await explanations.WithStartAsync(snapshot, 2, 0, default)).Start);
    }

    [Fact]
    public async Task Trials_build_on_each_other_and_change_nothing()
    {
        await using var world = await LoopWorld.ReadyAsync();
        var api = new SchedulerApi(world.Loop, world.Time);
        await SetAsync(api, Owner("p", onDemand: 0));
        await api.PlaceAsync(Place(1, wait: true));
        var before = world.Loop.Snapshot.ImageHash();
        var other = Place(2);
        other.Traits.Project = "q";
        var policy = new SchedulingPolicy { Projects = { Owner("p", onDemand: -1), Owner("q", onDemand: -1) } };

        var outcomes = (await api.WhatIfAsync(new WhatIfRequest
        {
            Trials =
            {
                new Trial { Place = other },
                new Trial { SetPolicy = new SetSchedulingPolicyRequest { Policy = policy } },
                new Trial { Place = other },
                new Trial { Schedule = new ScheduleRequest() },
                new Trial { RemoveNode = new NodeRemoval { Node = "gpu-0001" } },
                new Trial { RemoveNode = new NodeRemoval { Node = "gpu-0001" } },
                new Trial(),
            },
        })).Outcomes;

        Assert.Equal([5, 0, 0, 0, 0, 5, 3], outcomes.Select(outcome => outcome.Code));
        Assert.StartsWith("traits.project: ", outcomes[0].Message, StringComparison.Ordinal);
        Assert.Equal(PlaceOutcome.Placed, outcomes[2].Place.Outcome);
        Assert.Equal((1, 1UL), (outcomes[3].Schedule.Placed, Assert.Single(outcomes[3].Placed).Workload));
        Assert.Equal([1UL, 2UL], outcomes[4].Evicted.Select(victim => victim.Workload).Order());
        Assert.Equal(before, world.Loop.Snapshot.ImageHash());
        var many = new WhatIfRequest();
        many.Trials.AddRange(Enumerable.Repeat(new Trial(), 1_001));
        Assert.Equal("trials", (await Assert.ThrowsAsync<RequestRefusedException>(() => api.WhatIfAsync(many))).Field);
    }

    [Fact]
    public async Task A_trial_names_who_would_have_to_go_what_that_costs_and_who_would_wait_for_the_place()
    {
        await using var world = await LoopWorld.ReadyAsync();
        var api = new SchedulerApi(world.Loop, world.Time);
        await SetAsync(api, Owner("p", onDemand: -1));
        var spot = Place(1, gpus: 8);
        spot.Traits.Provisioning = Provisioning.Spot;
        spot.Traits.RestartSeconds = 10;
        await api.PlaceAsync(spot);
        // The first must not evict anybody; so the second waits behind it, and a pass through the queue finds out that it may.
        await api.PlaceAsync(Place(2, gpus: 8, wait: true));
        var waiting = Place(3, gpus: 4, wait: true);
        waiting.MayPreempt = true;
        await api.PlaceAsync(waiting);

        var trials = (await api.WhatIfAsync(new WhatIfRequest
        {
            Trials = { new Trial { Schedule = new ScheduleRequest() }, new Trial { RemoveNode = new NodeRemoval { Node = "gpu-0001" } } },
        })).Outcomes;
        // Eight GPUs for the 10 seconds that it says and the 60 that training counts for.
        Assert.Equal((1UL, 560L), Assert.Single(trials[0].Evicted) is var victim ? (victim.Workload, victim.ImpactGpuSeconds) : default);
        Assert.Equal(new Seat { Workload = 3, Node = "gpu-0001", GpuMask = 0b1111 }, Assert.Single(trials[0].Nominated));
        Assert.Equal((1, 0), (trials[0].Schedule.Placed, trials[0].Placed.Count));
        Assert.Equal((3UL, 240L), Assert.Single(trials[1].Evicted) is var gone ? (gone.Workload, gone.ImpactGpuSeconds) : default);
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

    /// <summary>Answers only once it may.</summary>
    private sealed class StoppedTime : TimeProvider
    {
        public ManualResetEventSlim Go { get; } = new();

        public override DateTimeOffset GetUtcNow()
        {
            Go.Wait();
            return DateTimeOffset.UnixEpoch;
        }
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
