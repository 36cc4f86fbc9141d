using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Scheduling.Tests.Repair;

/// <summary>Effects get lost; the sweep repeats what was not answered, but not for ever.</summary>
public sealed class UnansweredEffectTests
{
    [Fact]
    public void A_lost_wake_up_is_queued_again_with_the_same_attempt_and_growing_patience()
    {
        var s = new RepairScenario(Playbook.Standard);
        s.Open();
        var gaps = new List<long>();

        for (var (last, wakes) = (s.Now, 1); gaps.Count < 5;)
        {
            s.Pass(10 * RepairScenario.Second);
            if (s.History.OfType<Effect.EnqueueStep>().Count() == wakes)
                continue;
            gaps.Add(s.Now - last);
            (last, wakes) = (s.Now, wakes + 1);
        }

        Assert.All(s.History.OfType<Effect.EnqueueStep>(), wake => Assert.Equal((StepKind.Drain, 1), (wake.Step, wake.Attempt)));
        Assert.Equal(gaps.Order(), gaps);
        Assert.True(gaps[^1] > gaps[0]);
        Assert.Equal(Outcome.Done, s.Begin(s.Wake).Outcome);
        s.AssertReplays();
    }

    [Fact]
    public void What_a_dead_process_may_have_lost_is_the_wake_up_of_each_attempt_that_has_not_begun_with_the_wait_that_is_left()
    {
        var s = new RepairScenario(Playbook.Standard);
        s.Open();
        var wake = Assert.Single(s.Effects.OfType<Effect.EnqueueStep>());
        Assert.Equal([wake], Lost(s.Now));
        Assert.Equal(Outcome.Done, s.Begin(wake).Outcome);
        Assert.Empty(Lost(s.Now));

        s.Complete(wake, StepOutcome.Failed);
        var again = Assert.IsType<Effect.EnqueueStep>(s.Effects.Last(effect => effect is Effect.EnqueueStep));
        Assert.True(again.Delay >= RepairScenario.Second, "The test is about an attempt that waits.");
        Assert.Equal([again with { Delay = again.Delay / 2 }], Lost(s.Now + (again.Delay / 2)));
        Assert.Equal([again with { Delay = 0 }], Lost(s.Now + (2 * again.Delay)));

        IEnumerable<Effect> Lost(long now) => LostWakeups.Of(s.Repair, now).Where(effect => effect is not Effect.Tell);
    }

    [Fact]
    public void What_a_dead_process_may_have_lost_is_also_the_wake_up_for_each_story_that_is_not_told_whether_its_run_goes_on_or_not()
    {
        var s = new RepairScenario(Playbook.Standard);
        var alert = s.Alert();
        var run = s.Open(alert);
        Assert.Equal([run.Id], Lost());
        s.Resolve(alert);
        Assert.True(s.ById(run.Id).Ended);
        Assert.Equal([run.Id], Lost());
        s.Tell(run.Id);
        Assert.Empty(Lost());

        IEnumerable<string> Lost() => LostWakeups.Of(s.Repair, s.Now).OfType<Effect.Tell>().Select(tell => tell.Run);
    }

    [Fact]
    public void An_attempt_that_nobody_takes_up_ends_with_a_person()
    {
        var s = new RepairScenario(Playbook.Standard);
        var run = s.Open();

        var sweeps = 0;
        for (; !s.ById(run.Id).Ended; sweeps++)
        {
            Assert.InRange(sweeps, 0, 1_000);
            s.Pass(10 * RepairScenario.Minute);
        }

        Assert.True(sweeps > 6, "An outage of an hour is no reason to give a repair up.");
        Assert.True(s.ById(run.Id).Holds);
    }

    [Fact]
    public void A_mark_is_asked_for_until_it_is_confirmed()
    {
        var s = new RepairScenario(Playbook.Standard);
        var run = s.Open();
        var mark = s.Effects.OfType<Effect.Mark>().Single();

        s.Effects.Clear();
        s.Pass(9 * RepairScenario.Second);
        Assert.Empty(s.Effects.OfType<Effect.Mark>());
        s.Pass(RepairScenario.Second);
        Assert.Equal([mark], s.Effects.OfType<Effect.Mark>());

        s.Confirm(s.ById(run.Id));
        s.Effects.Clear();
        s.Pass(20 * RepairScenario.Second);
        Assert.Empty(s.Effects.OfType<Effect.Mark>());
        s.AssertReplays();
    }

    [Fact]
    public void A_mark_that_somebody_overwrote_is_asked_for_again_at_once()
    {
        var s = new RepairScenario(Playbook.Standard);
        var run = s.Open();
        var mark = Assert.Single(s.Effects.OfType<Effect.Mark>());
        s.Confirm(run);
        s.Effects.Clear();

        s.Do(new ConfirmMarkCommand { Node = run.NodeName, Run = run.Id, Marked = false });

        Assert.Equal([mark], s.Effects);
        Assert.False(s.ById(run.Id).Marking.Settled);
        s.AssertReplays();
    }

    [Fact]
    public void A_confirmation_of_what_stood_before_does_not_settle_what_is_wanted_now()
    {
        var s = new RepairScenario(Playbook.Standard);
        var run = s.Open();
        s.Begin(s.Wake);

        s.Do(new ConfirmMarkCommand { Node = run.NodeName, Run = run.Id, State = "Quarantined", Marked = true });
        s.Effects.Clear();
        s.Pass(10 * RepairScenario.Second);

        Assert.Equal("Draining", Assert.Single(s.Effects.OfType<Effect.Mark>()).State);
    }

    [Fact]
    public void An_ended_run_asks_until_its_mark_is_gone()
    {
        var s = new RepairScenario(Playbook.Standard);
        var alert = s.Alert();
        var run = s.Open(alert);
        s.Confirm(run);
        s.Resolve(alert);
        s.Tell(run.Id);

        s.Effects.Clear();
        s.Pass(10 * RepairScenario.Second);
        Assert.IsType<Effect.Unmark>(Assert.Single(s.Effects));

        s.Confirm(s.ById(run.Id));
        Assert.Equal(0, s.Pass(RepairScenario.Hour).Repeated);
        Assert.Empty(s.Repair.Unsettled);
    }

    [Fact]
    public void A_mark_that_is_confirmed_after_it_was_taken_away_is_taken_away_again()
    {
        var s = new RepairScenario(Playbook.Standard);
        var alert = s.Alert();
        var run = s.Open(alert);
        s.Resolve(alert);
        s.Confirm(s.ById(run.Id));

        s.Do(new ConfirmMarkCommand { Node = run.NodeName, Run = run.Id, State = "Quarantined", Marked = true });
        s.Effects.Clear();
        s.Pass(10 * RepairScenario.Second);

        Assert.Contains(s.Effects, effect => effect is Effect.Unmark);
    }

    [Fact]
    public void A_late_confirmation_for_a_node_that_is_gone_is_not_asked_away_for_ever()
    {
        var s = new RepairScenario(Playbook.Standard);
        var run = s.Open();
        s.RemoveNode(run.NodeName);

        s.Do(new ConfirmMarkCommand { Node = run.NodeName, Run = run.Id, State = "Quarantined", Marked = true });
        s.Effects.Clear();
        s.Pass(RepairScenario.Minute);

        Assert.DoesNotContain(s.Effects, effect => effect is Effect.Unmark or Effect.Mark);
    }

    [Fact]
    public void A_story_is_told_again_until_every_sender_has_it()
    {
        var s = new RepairScenario(Playbook.Standard);
        var run = s.Open();
        s.Confirm(run);

        s.Effects.Clear();
        s.Pass(30 * RepairScenario.Second);
        Assert.Equal([new Effect.Tell(run.Node, run.Id)], s.Effects);

        s.Tell(run.Id, told: 1);
        s.Effects.Clear();
        s.Pass(30 * RepairScenario.Second - 1);
        Assert.Empty(s.Effects);
        s.Pass(1);
        Assert.Single(s.Effects.OfType<Effect.Tell>());

        s.Tell(run.Id);
        s.Effects.Clear();
        s.Pass(29 * RepairScenario.Second);
        Assert.Empty(s.Effects);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_story_that_nobody_wants_to_hear_is_given_up_after_a_day(bool halfTold)
    {
        var s = new RepairScenario(Playbook.Standard);
        var alert = s.Alert();
        var run = s.Open(alert);
        s.Resolve(alert);
        s.Confirm(s.ById(run.Id));
        if (halfTold)
            s.Tell(run.Id, told: 1);

        s.Pass(12 * RepairScenario.Hour);
        Assert.NotEmpty(s.Repair.Unsettled);
        for (var i = 0; i < 30; i++)
            s.Pass(RepairScenario.Hour);

        Assert.Empty(s.Repair.Unsettled);
        Assert.Equal(Outcome.Unchanged, s.Do(new SweepCommand()).Outcome);
        s.AssertReplays();
    }

    [Fact]
    public void News_of_a_run_that_ended_long_ago_is_told_for_a_day_as_well()
    {
        var s = new RepairScenario(Playbook.Of(Playbook.Fault("rma", 10)));
        var run = s.Open();
        for (var i = 0; i < 3; i++)
            s.Pass(24 * RepairScenario.Hour);

        s.Do(new ReturnNodeCommand { Node = run.NodeName, Actor = "ann" });
        s.Effects.Clear();
        s.Pass(RepairScenario.Hour);

        Assert.Contains(new Effect.Tell(run.Node, run.Id), s.Effects);
    }

    [Fact]
    public void A_sweep_with_nothing_to_do_changes_nothing()
    {
        var s = new RepairScenario(Playbook.Standard);
        var run = s.Open();
        s.Confirm(run);
        s.Tell(run.Id);
        s.Advance(RepairScenario.Second);

        Assert.Equal(Outcome.Unchanged, s.Do(new SweepCommand()).Outcome);
    }

    [Fact]
    public void One_sweep_repeats_a_bounded_number_of_effects()
    {
        const int Nodes = 12_000;
        var s = new RepairScenario(Playbook.Standard, Nodes, checkUnchanged: false);
        foreach (var half in Enumerable.Range(1, Nodes).Chunk(Nodes / 2))
            s.Report([.. half.Select(node => s.Alert(node))]);

        var first = s.Pass(RepairScenario.Hour);
        var second = s.Sweep();

        Assert.InRange(first.Repeated + first.TimedOut, 1, 10_001);
        Assert.True(second.Repeated + second.TimedOut > 0);
    }
}
