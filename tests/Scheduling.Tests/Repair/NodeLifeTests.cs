using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Scheduling.Tests.Repair;

/// <summary>Nodes that come, go and are given back while alerts and runs are about.</summary>
public sealed class NodeLifeTests
{
    [Fact]
    public void A_fault_of_a_node_that_appears_later_gets_its_run_then()
    {
        var s = new RepairScenario(Playbook.Standard);
        Assert.Equal(AlertOutcome.UnknownNode, s.Fire(s.Alert(name: "late")));
        Assert.Equal(0, s.Repair.LiveRunCount);

        var run = s.RunOfNew("late");

        Assert.Equal((RunState.Quarantined, "late"), (run?.State, run?.NodeName));
        Assert.Equal((AlertOutcome.Accepted, run?.Id), (s.Repair.Alerts[1].Outcome, s.Repair.Alerts[1].Run));
        Assert.Empty(s.Repair.Homeless);
        s.AssertReplays();
    }

    [Theory]
    [InlineData(8, 1u << 7, 1u << 7)]
    [InlineData(8, 1u << 8, 0)]
    [InlineData(8, 1u << 31, 0)]
    [InlineData(8, 1u << 10 | 1u << 3, 1u << 3)]
    [InlineData(7, 1u << 7, 1u << 7)]
    [InlineData(7, 1u << 8, 0)]
    [InlineData(1, 1u << 1, 0)]
    [InlineData(16, 1u << 15, 1u << 15)]
    [InlineData(16, 1u << 16, 0)]
    [InlineData(0, 1u << 3, 1u << 3)]
    [InlineData(0, 1u << 16, 0)]
    public void A_gpu_that_the_node_cannot_have_means_the_whole_node(int has, uint named, uint meant)
    {
        var s = new RepairScenario(Playbook.Standard);
        s.Do(NodeOf("there"));
        var there = s.Open(s.Alert(name: "there", gpus: named));
        Assert.Equal(AlertOutcome.UnknownNode, s.Fire(s.Alert(name: "late", gpus: named)));
        var node = s.Do(NodeOf("late")).Node;
        var late = s.Repair.RunOfNode(node)!;

        Assert.All(new[] { there, late }, run => Assert.Equal((meant, meant), (run.GpuMask, Assert.Single(run.Episodes).GpuMask)));
        Assert.Equal(named, s.Repair.Alerts[1].Alert.GpuMask);
        s.AssertReplays();

        UpsertNodeCommand NodeOf(string name) => new() { Name = name, GpuCount = has, CpuMilli = 64_000, MemoryMib = 512_000, Group = "h100" };
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_fault_that_comes_before_any_playbook_gets_its_run_when_they_come(bool beforeNode)
    {
        var s = new RepairScenario(RepairPolicy.Empty);
        if (!beforeNode)
            s.AddNode("late");
        var (alert, over) = (s.Alert(name: "late", xid: 79), s.Alert(name: "late"));
        Assert.Equal(beforeNode ? AlertOutcome.UnknownNode : AlertOutcome.Ignored, s.Fire(alert));
        s.Report(over, s.Alert(name: "late", kind: AlertKind.Test));
        s.Resolve(over);
        if (beforeNode)
            Assert.Null(s.RunOfNew("late"));

        s.Do(new SetPolicyCommand { Policy = Playbook.Standard });

        s.State.Nodes.TryFind("late", out var node);
        var run = s.Repair.RunOfNode(node);
        Assert.Equal((RunState.Quarantined, "off-bus"), (run?.State, run?.Class.Name));
        Assert.Equal(alert.Fingerprint, Assert.Single(run!.Episodes).Fingerprint);
        Assert.Equal((AlertOutcome.Accepted, run.Id), (s.Repair.Alerts[1].Outcome, s.Repair.Alerts[1].Run));
        Assert.Empty(s.Repair.Homeless);
        Assert.Equal(StepKind.Drain, s.Wake.Step);
        s.AssertReplays();
    }

    [Fact]
    public void A_fault_that_was_resolved_meanwhile_starts_nothing_when_its_node_appears()
    {
        var s = new RepairScenario(Playbook.Standard);
        var alert = s.Alert(name: "late");
        s.Fire(alert);
        s.Resolve(alert);
        Assert.Empty(s.Repair.Homeless);

        Assert.Null(s.RunOfNew("late"));
    }

    [Fact]
    public void One_of_two_faults_resolved_meanwhile_leaves_the_other()
    {
        var s = new RepairScenario(Playbook.Standard);
        var alert = s.Alert(name: "late");
        s.Report(alert, s.Alert(name: "late", xid: 79));
        s.Resolve(alert);

        Assert.Equal("off-bus", s.RunOfNew("late")?.Class.Name);
    }

    [Fact]
    public void The_resolve_of_a_fault_whose_node_appeared_reaches_its_run()
    {
        var s = new RepairScenario(Playbook.Standard);
        var alert = s.Alert(name: "late");
        s.Fire(alert);
        var node = s.AddNode("late");

        s.Resolve(alert);

        Assert.Null(s.Repair.RunOfNode(node));
    }

    [Fact]
    public void Misspelt_node_names_are_remembered_up_to_a_bound_and_recorded_beyond()
    {
        var s = new RepairScenario(Playbook.Standard, checkUnchanged: false);

        for (var batch = 0; batch < 3; batch++)
            s.Report([.. Enumerable.Range(batch * 5_000, 5_000).Select(i => s.Alert(name: $"ghost-{i}"))]);
        s.Report([.. Enumerable.Range(0, 40).Select(_ => s.Alert(name: "ghost-1"))]);
        s.Report(s.Alert(name: new string('g', 254)));

        Assert.InRange(s.Repair.Homeless.Count, 3_072, 4_096);
        Assert.Equal(16, s.Repair.Homeless["ghost-1"].Length);
        Assert.Equal(15_041, s.Repair.Alerts.Count);
    }

    [Fact]
    public void Misspelt_node_names_that_nobody_repeats_make_room_for_those_that_still_come()
    {
        var s = new RepairScenario(Playbook.Standard, checkUnchanged: false);
        var early = s.Alert(name: "early", xid: 79);
        s.Fire(early);
        for (var batch = 0; batch < 4; batch++)
        {
            s.Report([.. Enumerable.Range(batch * 2_500, 2_500).Select(i => s.Alert(name: $"ghost-{i}"))]);
            Assert.Equal(AlertOutcome.Duplicate, s.Fire(early));
        }

        s.Fire(s.Alert(name: "late", xid: 79));

        Assert.Equal("off-bus", s.RunOfNew("early")?.Class.Name);
        Assert.Equal("off-bus", s.RunOfNew("late")?.Class.Name);
        s.AssertReplays();
    }

    [Fact]
    public void A_run_ends_when_its_node_leaves_the_cluster()
    {
        var s = new RepairScenario(Playbook.Standard);
        var run = s.Open();
        s.Begin(s.Wake);
        var drain = s.Wake;

        s.RemoveNode(run.NodeName);

        run = s.ById(run.Id);
        Assert.True(run is { Ended: true, Holds: false, State: RunState.Escalated });
        Assert.Equal(Reason.NodeRemoved, run.Timeline[^1].Reason);
        Assert.Empty(s.Repair.ByNode);
        Assert.Equal(Outcome.Refused, s.Complete(drain, StepOutcome.Succeeded).Outcome);
        s.AssertReplays();
    }

    [Fact]
    public void A_node_that_comes_back_while_its_alert_still_fires_is_taken_out_again()
    {
        var s = new RepairScenario(Playbook.Standard);
        var (fires, over) = (s.Alert(xid: 79), s.Alert());
        s.Report(fires, over);
        s.BeginNext(StepKind.Drain);
        s.Resolve(over);
        var first = s.OfNode(1);
        s.RemoveNode(first.NodeName);
        Assert.Equal(AlertOutcome.Duplicate, s.Fire(fires));

        var run = s.RunOfNew(first.NodeName);

        Assert.Equal((RunState.Quarantined, "off-bus"), (run?.State, run?.Class.Name));
        Assert.NotEqual(first.Id, run?.Id);
        Assert.Equal(fires.Fingerprint, Assert.Single(run!.Episodes).Fingerprint);
        Assert.Equal(run.Id, s.Repair.Alerts[1].Run);
        Assert.Empty(s.Repair.Homeless);
        s.Resolve(fires);
        Assert.Equal(RunState.Healthy, s.ById(run.Id).State);
        s.AssertReplays();
    }

    [Fact]
    public void A_node_that_was_kept_for_a_person_and_comes_back_while_its_alert_still_fires_is_taken_out_again()
    {
        var s = new RepairScenario(Playbook.Of(Playbook.Fault("rma", 10)));
        var run = s.Open();
        s.RemoveNode(run.NodeName);

        Assert.Equal(RunState.NeedsHardware, s.RunOfNew(run.NodeName)?.State);
        Assert.NotEqual(0, s.QuarantinedBy(1));
        s.AssertReplays();
    }

    [Fact]
    public void A_node_that_comes_back_after_its_alerts_were_resolved_is_free()
    {
        var s = new RepairScenario(Playbook.Standard);
        var alert = s.Alert();
        s.Fire(alert);
        s.BeginNext(StepKind.Drain);
        s.RemoveNode(RepairScenario.NameOf(1));
        s.Resolve(alert);

        Assert.Null(s.RunOfNew(RepairScenario.NameOf(1)));
    }

    [Fact]
    public void A_held_run_of_a_node_that_leaves_no_longer_waits()
    {
        var s = new RepairScenario(Playbook.Standard with { MaxRepairingPercent = 25 });
        var first = s.Alert(1);
        s.Open(first);
        var held = s.Open(2);
        s.Open(3);

        s.RemoveNode(held.NodeName);
        s.Resolve(first);

        Assert.True(s.ById(held.Id).Ended);
        Assert.Equal(RunState.Quarantined, s.OfNode(3).State);
    }

    [Fact]
    public void The_room_of_a_node_that_leaves_is_used_by_the_next_sweep()
    {
        var s = new RepairScenario(Playbook.Standard with { MaxRepairingPercent = 25 });
        var run = s.Open(1);
        s.Open(2);

        s.RemoveNode(run.NodeName);
        s.Sweep();

        Assert.Equal(RunState.Quarantined, s.OfNode(2).State);
    }

    [Fact]
    public void A_new_node_under_the_index_of_an_old_one_has_nothing_of_its_run()
    {
        var s = new RepairScenario(Playbook.Of(Playbook.Fault("rma", 10)), nodes: 1);
        var old = s.Open();
        s.RemoveNode(old.NodeName);

        var node = s.AddNode("other");
        Assert.Equal(old.Node, node);
        Assert.Equal((0L, 0u), (s.State.Nodes.QuarantinedBy(node), s.State.Nodes.BadGpusOf(node)));
        Assert.Equal(Outcome.NotFound, s.Do(new ReturnNodeCommand { Node = "other", Actor = "ann" }).Outcome);
        s.Do(new ConfirmMarkCommand { Node = old.NodeName, Run = old.Id, State = "NeedsHardware", Marked = true });

        Assert.Null(s.Repair.RunOfNode(node));
    }

    [Fact]
    public void A_person_gives_an_escalated_node_back()
    {
        var s = new RepairScenario(Playbook.Of(Playbook.Fault("rma", 10)));
        var run = s.Open();

        Assert.Equal(Outcome.Done, s.Do(new ReturnNodeCommand { Node = run.NodeName, Actor = "ann" }).Outcome);

        run = s.ById(run.Id);
        Assert.Equal((0L, 0u), (s.QuarantinedBy(1), s.BadGpus(1)));
        Assert.Equal((Reason.NodeReturned, "ann", RunState.NeedsHardware), (run.Timeline[^1].Reason, run.Timeline[^1].Actor, run.State));
        Assert.Contains(new Effect.Unmark(run.Node, run.NodeName, run.Id), s.Effects);
        Assert.Equal(Outcome.NotFound, s.Do(new ReturnNodeCommand { Node = run.NodeName, Actor = "ann" }).Outcome);
        Assert.NotEqual(run.Id, s.Open().Id);
        s.AssertReplays();
    }

    [Fact]
    public void The_return_of_a_node_is_told_however_long_the_story_is()
    {
        var s = new RepairScenario(Playbook.Of(Playbook.Fault("rma", 10)));
        var run = s.Open();
        for (var i = 0; i < 300; i++)
            s.Fire(s.Alert());

        s.Do(new ReturnNodeCommand { Node = run.NodeName, Actor = "ann" });

        Assert.Equal(Reason.NodeReturned, s.ById(run.Id).Timeline[^1].Reason);
    }

    [Fact]
    public void A_node_whose_repair_goes_on_cannot_be_given_back()
    {
        var s = new RepairScenario(Playbook.Standard);
        var run = s.Open();

        Assert.Equal(Outcome.NotFound, s.Do(new ReturnNodeCommand { Node = run.NodeName, Actor = "ann" }).Outcome);
        Assert.Equal(Outcome.NotFound, s.Do(new ReturnNodeCommand { Node = "no-such-node", Actor = "ann" }).Outcome);
    }

    [Fact]
    public void A_person_who_takes_the_mark_off_ends_a_run_that_goes_on()
    {
        var s = new RepairScenario(Playbook.Standard);
        var run = s.Open();
        var attempt = s.BeginNext(StepKind.Drain);

        Assert.Equal(Outcome.NotFound, s.Do(new UncordonCommand { Node = run.NodeName, Run = "r-other", Actor = "person" }).Outcome);
        Assert.Equal(Outcome.Done, s.Do(new UncordonCommand { Node = run.NodeName, Run = run.Id, Actor = "person" }).Outcome);

        var ended = s.ById(run.Id);
        Assert.Equal((true, false, Reason.CancelledByPerson, "person"), (ended.Ended, ended.Holds, ended.Timeline[^1].Reason, ended.Timeline[^1].Actor));
        Assert.Equal(0L, s.QuarantinedBy(1));
        Assert.Contains(new Effect.Unmark(run.Node, run.NodeName, run.Id), s.Effects);
        Assert.Equal(Outcome.Refused, s.Do(new CompleteStepCommand { Run = run.Id, Step = attempt.Step, Attempt = attempt.Attempt, Outcome = StepOutcome.Succeeded }).Outcome);
        s.AssertReplays();
    }

    [Fact]
    public void A_person_who_takes_the_mark_off_gives_an_escalated_node_back()
    {
        var s = new RepairScenario(Playbook.Of(Playbook.Fault("rma", 10)));
        var run = s.Open();

        Assert.Equal(Outcome.Done, s.Do(new UncordonCommand { Node = run.NodeName, Run = run.Id, Actor = "person" }).Outcome);

        Assert.Equal((Reason.NodeReturned, RunState.NeedsHardware), (s.ById(run.Id).Timeline[^1].Reason, s.ById(run.Id).State));
        Assert.Equal(0L, s.QuarantinedBy(1));
    }
}
