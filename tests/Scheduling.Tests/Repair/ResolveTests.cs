using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Scheduling.Tests.Repair;

public sealed class ResolveTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_resolve_before_any_action_gives_the_node_back(bool draining)
    {
        var s = new RepairScenario(Playbook.Standard);
        var alert = s.Alert();
        var run = s.Open(alert);
        if (draining)
            s.Begin(s.Wake);

        s.Resolve(alert);

        run = s.ById(run.Id);
        Assert.Equal((RunState.Healthy, Reason.ResolvedBeforeAction), (run.State, run.Timeline[^1].Reason));
        Assert.Equal((0L, 0u), (s.QuarantinedBy(1), s.BadGpus(1)));
        Assert.Contains(new Effect.Unmark(run.Node, run.NodeName, run.Id), s.Effects);
        s.AssertReplays();
    }

    [Fact]
    public void A_resolve_after_an_action_began_does_not_end_the_repair()
    {
        var s = new RepairScenario(Playbook.Standard);
        var alert = s.Alert();
        s.Open(alert);
        s.Perform(StepKind.Drain);
        s.Begin(s.Wake);

        Assert.Equal(AlertOutcome.Accepted, s.Resolve(alert));

        Assert.Equal((RunState.Acting, Reason.Resolved), (s.OfNode(1).State, s.OfNode(1).Timeline[^1].Reason));
        Assert.NotEqual(0, s.QuarantinedBy(1));
    }

    [Fact]
    public void A_resolve_of_one_of_two_faults_does_not_end_the_repair()
    {
        var s = new RepairScenario(Playbook.Standard);
        var (one, other) = (s.Alert(), s.Alert(gpus: 2));
        s.Report(one, other);

        s.Resolve(one);
        Assert.Equal(RunState.Quarantined, s.OfNode(1).State);
        s.Resolve(other);

        Assert.Null(s.OfNodeOrNull(1));
    }

    [Fact]
    public void A_fault_that_still_fires_keeps_the_node_although_its_run_has_forgotten_it()
    {
        var s = new RepairScenario(Playbook.Standard);
        var alerts = Enumerable.Range(0, 129).Select(_ => s.Alert()).ToArray();
        s.Report(alerts);

        foreach (var alert in alerts.Skip(1))
            s.Resolve(alert);
        Assert.NotEqual(0, s.QuarantinedBy(1));
        s.Restart();
        s.Resolve(alerts[0]);

        Assert.Equal(0, s.QuarantinedBy(1));
        s.AssertReplays();
    }

    [Fact]
    public void A_run_that_has_no_room_forgets_what_is_over_first()
    {
        var s = new RepairScenario(Playbook.Standard);
        var alerts = Enumerable.Range(0, 128).Select(_ => s.Alert()).ToArray();
        s.Report(alerts);
        s.Resolve(alerts[100]);

        s.Fire(s.Alert());

        var kept = s.OfNode(1).Episodes.Select(episode => episode.Fingerprint).ToList();
        Assert.Equal(128, kept.Count);
        Assert.DoesNotContain(alerts[100].Fingerprint, kept);
        Assert.Contains(alerts[0].Fingerprint, kept);
        s.AssertReplays();
    }

    [Fact]
    public void A_resolve_without_a_firing_is_recorded_and_starts_nothing()
    {
        var s = new RepairScenario(Playbook.Standard);

        Assert.Equal(AlertOutcome.Ignored, s.Resolve(s.Alert()));

        Assert.Equal(0, s.Repair.LiveRunCount);
        Assert.Single(s.Repair.Alerts);
    }

    [Fact]
    public void A_firing_that_comes_after_its_own_resolve_is_late_and_starts_nothing()
    {
        var s = new RepairScenario(Playbook.Standard);
        var alert = s.Alert();
        s.Resolve(alert);

        Assert.Equal(AlertOutcome.Duplicate, s.Fire(alert));

        Assert.Null(s.OfNodeOrNull(1));
        s.AssertReplays();
    }

    [Fact]
    public void A_late_firing_does_not_open_a_closed_run_again()
    {
        var s = new RepairScenario(Playbook.Standard);
        var alert = s.Alert();
        var run = s.Open(alert);
        s.Resolve(alert);

        var replies = s.Report(alert);

        Assert.Equal((AlertOutcome.Duplicate, run.Id), (replies.Outcomes[0], replies.Runs[0]));
        Assert.Null(s.OfNodeOrNull(1));
    }

    [Fact]
    public void The_same_alert_that_fires_anew_is_a_new_fault()
    {
        var s = new RepairScenario(Playbook.Standard);
        var alert = s.Alert();
        var run = s.Open(alert);
        s.Resolve(alert);
        s.Advance(RepairScenario.Minute);

        Assert.NotEqual(run.Id, s.Open(alert with { StartsAt = s.Now }).Id);
    }

    [Fact]
    public void A_resolve_does_not_give_back_a_node_that_waits_for_a_person()
    {
        var s = new RepairScenario(Playbook.Of(Playbook.Fault("rma", 10)));
        var alert = s.Alert();
        var run = s.Open(alert);

        s.Resolve(alert);

        Assert.Equal((run.Number, RunState.NeedsHardware), (s.QuarantinedBy(1), s.OfNode(1).State));
    }

    [Fact]
    public void What_somebody_else_cordoned_stays_cordoned()
    {
        var s = new RepairScenario(Playbook.Standard);
        var alert = s.Alert();
        s.Open(alert);
        s.Do(new UpsertNodeCommand { Name = RepairScenario.NameOf(1), GpuCount = 8, CpuMilli = 64_000, MemoryMib = 512_000, Group = "h100", ForeignCordon = true });

        s.Resolve(alert);

        Assert.True(s.State.Nodes.TryFind(RepairScenario.NameOf(1), out var node));
        Assert.Equal(NodeHealth.Cordoned, s.State.Nodes.HealthOf(node));
    }
}
