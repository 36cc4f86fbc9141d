using Pipeline.Contracts;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Api;
using Pipeline.Hotpath.Tests.Support;

namespace Pipeline.Hotpath.Tests.Api;

public sealed class RepairApiTests
{
    [Fact]
    public async Task An_alert_becomes_a_run_that_is_begun_completed_told_and_returned()
    {
        using var disk = new Disk();
        await using var world = new DiskWorld(disk);
        await Commands.FillAsync(world.Loop, 2);
        var api = new RepairApi(world.Loop, world.Durable);
        var alert = new Alert
        {
            Fingerprint = "f",
            StartsAt = 5,
            Status = AlertStatus.Firing,
            Kind = AlertKind.Fault,
            AlertName = "GpuXid",
            Node = "gpu-0001",
            GpuMask = 4,
            Xid = 79,
            FaultClass = "",
            Overrides = true,
            Summary = "fell off",
            Labels = { "a=1", "b=2" },
        };
        var reported = await api.ReportAlertsAsync(new ReportAlertsRequest { Source = "grafana", Alerts = { alert }, TruncatedAlerts = 2 });
        Assert.Equal([AlertOutcome.Accepted], reported.Outcomes);
        var id = Assert.Single(reported.Runs);

        var record = Assert.Single((await api.ListAlertsAsync(new ListAlertsRequest())).Alerts);
        Assert.Equal(alert, record.Alert);
        Assert.Equal((1L, AlertOutcome.Accepted, id, "grafana"), (record.Number, record.Outcome, record.Run, record.Source));

        var run = (await api.GetRunAsync(new GetRunRequest { Id = id })).Run;
        Assert.Equal(("gpu-0001", "broken", 4u, StepKind.Reboot, 1), (run.Node, run.FaultClass, run.GpuMask, run.Step, run.Attempt));
        Assert.Equal((5L, "fell off", false), (run.StartsAt, run.Summary, run.Ended));
        Assert.Equal(["f"], run.Fingerprints);
        Assert.Equal("FaultAccepted", run.Timeline[0].Reason);

        var message = new StepMessage { Run = id, Step = run.Step, Attempt = run.Attempt };
        var begun = await api.BeginStepAsync(new BeginStepRequest { Message = message, Actor = "me" });
        Assert.Equal((BeginOutcome.Begun, "gpu-0001", 4u, true, "broken"), (begun.Outcome, begun.Node, begun.GpuMask, begun.Repeatable, begun.FaultClass));
        Assert.Equal(BeginOutcome.Resumed, (await api.BeginStepAsync(new BeginStepRequest { Message = message, Actor = "me" })).Outcome);
        var stale = new StepMessage { Run = id, Step = run.Step, Attempt = 99 };
        Assert.Equal(BeginOutcome.Refused, (await api.BeginStepAsync(new BeginStepRequest { Message = stale, Actor = "me" })).Outcome);
        Assert.False((await api.CompleteStepAsync(new CompleteStepRequest { Message = stale, Outcome = StepOutcome.Succeeded })).Accepted);
        await Assert.ThrowsAsync<InvalidRequestException>(() => api.CompleteStepAsync(new CompleteStepRequest { Message = message }));
        Assert.True((await api.CompleteStepAsync(new CompleteStepRequest { Message = message, Outcome = StepOutcome.Succeeded, Detail = "d", Actor = "me" })).Accepted);

        var claim = await api.ClaimTellingAsync(new ClaimTellingRequest { Run = id, Teller = "t", Lease = 60_000 });
        Assert.True(claim.Granted);
        Assert.False((await api.ClaimTellingAsync(new ClaimTellingRequest { Run = id, Teller = "other", Lease = 60_000 })).Granted);
        Assert.True((await api.RecordTellingAsync(new RecordTellingRequest { Run = id, Teller = "t", Sender = "log", Reference = "x", Told = 1 })).Accepted);
        var telling = Assert.Single((await api.GetRunAsync(new GetRunRequest { Id = id })).Run.Tellings);
        Assert.Equal(new Telling { Sender = "log", Reference = "x", Told = 1 }, telling);
        Assert.False((await api.ReturnNodeAsync(new ReturnNodeRequest { Node = "gpu-0001", Actor = "me" })).Returned);
        Assert.Equal(0, (await api.SweepAsync(new SweepRequest())).TimedOut);
    }

    [Fact]
    public async Task A_label_that_is_no_text_is_named()
    {
        using var disk = new Disk();
        await using var world = new DiskWorld(disk);
        await Commands.FillAsync(world.Loop, 2);
        var alert = new Alert { Fingerprint = "f", StartsAt = 5, Status = AlertStatus.Firing, Kind = AlertKind.Fault, Labels = { "a=b", "c=\ud800" } };

        var refused = await Assert.ThrowsAsync<InvalidRequestException>(
            () => new RepairApi(world.Loop, world.Durable).ReportAlertsAsync(new ReportAlertsRequest { Source = "grafana", Alerts = { alert } }));

        Assert.StartsWith("alerts[0].labels:", refused.Message);
    }

    [Fact]
    public void Every_field_of_a_policy_reaches_the_engine()
    {
        var policy = new RepairPolicy
        {
            UnknownXidClass = "u",
            MaxRepairingPercent = 7,
            MaxAttempts = 9,
            Xids = { new XidRule { Xid = 1, FaultClass = "c" } },
            Correlations = { new CorrelationRule { Xid = 2, With = { 3, 4 }, Window = 5, FaultClass = "c" } },
            Classes =
            {
                new FaultClass
                {
                    Name = "c", Severity = 11, Repeats = 12, Window = 13, Soak = 14, Ending = Ending.NeedsHardware,
                    Ladder = { Step(StepKind.GpuReset, 15) }, HealthCheck = Step(StepKind.HealthCheck, 17),
                },
            },
        };

        var engine = policy.ToEngine();

        Assert.Equal(("u", 7, 9), (engine.UnknownXidClass, engine.MaxRepairingPercent, engine.MaxAttempts));
        Assert.Equal("c", engine.Xids[1]);
        var rule = Assert.Single(engine.Correlations);
        Assert.Equal((2, 5L, "c"), (rule.Xid, rule.Window, rule.FaultClass));
        Assert.Equal([3, 4], rule.With.ToArray());
        var fault = engine.Classes["c"];
        Assert.Equal(("c", 11, 12, 13L, 14L), (fault.Name, fault.Severity, fault.Repeats, fault.Window, fault.Soak));
        Assert.Equal(Scheduling.Repair.RunState.NeedsHardware, fault.Ending);
        Assert.Equal(new Scheduling.Repair.LadderStep(Scheduling.Repair.StepKind.GpuReset, 15, 16, true, true, true), Assert.Single(fault.Ladder));
        Assert.Equal(new Scheduling.Repair.LadderStep(Scheduling.Repair.StepKind.HealthCheck, 17, 18, true, true, true), fault.HealthCheck);

        static LadderStep Step(StepKind kind, int deadline) => new()
        {
            Step = kind,
            Deadline = deadline,
            Tries = deadline + 1,
            Repeatable = true,
            EscalateOnFailure = true,
            OnlyFaultyGpus = true,
        };
    }

    [Fact]
    public void A_class_or_an_xid_that_appears_twice_is_named()
    {
        var classes = new RepairPolicy { Classes = { new FaultClass { Name = "c" }, new FaultClass { Name = "c" } } };
        Assert.Equal("classes: 'c' appears twice", Assert.Throws<InvalidRequestException>(classes.ToEngine).Message);
        var xids = new RepairPolicy { Xids = { new XidRule { Xid = 79 }, new XidRule { Xid = 79 } } };
        Assert.Equal("xids: '79' appears twice", Assert.Throws<InvalidRequestException>(xids.ToEngine).Message);
    }

    [Theory]
    [InlineData(Ending.Unspecified, Scheduling.Repair.RunState.Escalated)]
    [InlineData(Ending.Escalated, Scheduling.Repair.RunState.Escalated)]
    [InlineData(Ending.NeedsHardware, Scheduling.Repair.RunState.NeedsHardware)]
    [InlineData((Ending)3, null)]
    [InlineData((Ending)258, null)]
    public void An_ending_that_the_engine_does_not_know_is_refused(Ending ending, Scheduling.Repair.RunState? state)
    {
        var policy = new RepairPolicy { Classes = { new FaultClass { Name = "c", Ending = ending } } };
        if (state is not null)
            Assert.Equal(state, policy.ToEngine().Classes["c"].Ending);
        else
            Assert.Equal($"ending: {(int)ending} is no Ending", Assert.Throws<InvalidRequestException>(policy.ToEngine).Message);
    }

    [Fact]
    public async Task Workloads_that_go_between_two_pages_hide_no_others()
    {
        await using var world = await LoopWorld.ReadyAsync(nodes: 4);
        for (ulong i = 1; i <= 20; i++)
            await world.Loop.SubmitAsync(Commands.Place(i));
        var api = new ClusterApi(world.Loop);
        var first = await api.ListWorkloadsAsync(new ListWorkloadsRequest { Limit = 10 });
        foreach (var gone in first.Workloads.Take(5))
            await world.Loop.SubmitAsync(new Scheduling.Commands.ReleaseCommand { Workload = ulong.Parse(gone.Id) });
        var second = await api.ListWorkloadsAsync(new ListWorkloadsRequest { Limit = 100, Continue = first.Continue });

        Assert.Equal(20, first.Workloads.Concat(second.Workloads).Select(workload => workload.Id).Distinct().Count());
        Assert.Equal("", second.Continue);
    }

    [Fact]
    public async Task Nodes_show_who_holds_them()
    {
        await using var world = await LoopWorld.ReadyAsync(nodes: 2);
        var cordoned = Commands.Node(2);
        (cordoned.ForeignCordon, cordoned.MaxWorkloads) = (true, 110);
        await world.Loop.SubmitAsync(cordoned);
        await world.Loop.SubmitAsync(Commands.Place(1));
        await world.Loop.SubmitAsync(Commands.Alert());
        var nodes = (await new ClusterApi(world.Loop).ListNodesAsync(new ListNodesRequest())).Nodes;

        Assert.Equal([NodeHealth.Quarantined, NodeHealth.Cordoned], nodes.Select(node => node.Health));
        Assert.Equal([world.Loop.Run().Id, "person"], nodes.Select(node => node.CordonOwner));
        Assert.Equal((64_000L, 512_000L, "h100", 8), (nodes[0].CpuMilliTotal, nodes[0].MemoryMibFree, nodes[0].Group, nodes[0].GpuUsed.Count));
        Assert.Equal([(1, false, 0), (0, true, 110)], nodes.Select(node => (node.WorkloadCount, node.HasMaxWorkloads, node.MaxWorkloads)));
    }
}
