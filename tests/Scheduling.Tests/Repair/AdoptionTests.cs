using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Scheduling.Tests.Repair;

/// <summary>Runs that go on in an engine that has not led them so far.</summary>
public sealed class AdoptionTests
{
    [Fact]
    public void An_adopted_run_goes_on_as_if_nothing_had_happened()
    {
        var seen = new HashSet<(RunState, StepKind, bool)>();
        for (var seed = 0; seed < 250; seed++)
        {
            var random = new RandomRepair(seed);
            random.Scenario.CheckUnchanged = false;
            random.Play(steps: seed % 80);
            random.Scenario.Sweep();
            var error = Record.Exception(() =>
            {
                var (before, after) = (random.Scenario, Successor(random.Scenario));
                seen.UnionWith(before.Repair.Live.Values.Select(run => (run.State, run.Step, run.Begun)));
                AdoptAll(before, after);
                Assert.Equal(Standing(before), Standing(after));
                Assert.Equal(Wakes(before), after.History.OfType<Effect.EnqueueStep>().Select(wake => (wake.Run, wake.Step, wake.Attempt)).Order());

                GoOn(before, seed);
                GoOn(after, seed);

                Assert.Equal(Standing(before), Standing(after));
                Assert.Equal(before.Repair.Ended.Values.Select(Story), after.Repair.Ended.Values.Select(Story));
                Assert.Empty(after.Repair.Live);
                after.Restart();
                after.AssertReplays();
            });
            Assert.True(error is null, $"seed {seed}: {error}");
        }

        // Every place in which a leader may leave a run.
        (RunState, StepKind, bool)[] places =
        [
            (RunState.Observed, StepKind.None, false), (RunState.Held, StepKind.None, false), (RunState.Quarantined, StepKind.Drain, false),
            (RunState.Draining, StepKind.Drain, true), (RunState.Draining, StepKind.GpuReset, false), (RunState.Acting, StepKind.GpuReset, true),
            (RunState.Acting, StepKind.HealthCheck, false), (RunState.Verifying, StepKind.HealthCheck, true), (RunState.Soaking, StepKind.Soak, false),
        ];
        Assert.Empty(places.Except(seen));
    }

    [Fact]
    public void What_was_under_way_is_asked_about_and_what_was_not_is_begun()
    {
        var before = new RepairScenario(Playbook.Standard);
        before.Open(1);
        before.Perform(StepKind.Drain);
        var acting = before.BeginNext(StepKind.GpuReset);
        var queued = before.Open(2);
        var after = Successor(before);
        AdoptAll(before, after);

        Assert.Equal(Outcome.Resumed, after.Begin(new Effect.EnqueueStep(0, acting.Id, StepKind.GpuReset, 2, 0)).Outcome);
        Assert.Equal(Outcome.Refused, after.Begin(new Effect.EnqueueStep(0, acting.Id, StepKind.Drain, 1, 0)).Outcome);
        Assert.Equal(Outcome.Done, after.Begin(new Effect.EnqueueStep(1, queued.Id, StepKind.Drain, 1, 0)).Outcome);
    }

    [Fact]
    public void An_attempt_whose_deadline_passed_while_nobody_led_is_asked_about_first()
    {
        var before = new RepairScenario(Playbook.Standard);
        before.Open();
        before.Perform(StepKind.Drain);
        var run = before.BeginNext(StepKind.GpuReset);
        var after = Successor(before);
        after.Advance(RepairScenario.Hour);
        AdoptAll(before, after);
        after.Sweep();

        Assert.True(after.ById(run.Id).Begun);
        after.Pass(Ladder.QueueGrace);
        Assert.Equal(StepKind.HealthCheck, after.ById(run.Id).Step);
    }

    [Fact]
    public void Its_alerts_are_known()
    {
        var before = new RepairScenario(Playbook.Standard);
        var (first, second) = (before.Alert(1), before.Alert(1));
        var run = before.Open(first);
        before.Fire(second);
        before.Resolve(first);
        var after = Successor(before);
        AdoptAll(before, after);

        Assert.Equal((AlertOutcome.Duplicate, AlertOutcome.Duplicate), (after.Fire(first), after.Fire(second)));
        Assert.Equal(RunState.Quarantined, after.OfNode(1).State);
        after.Resolve(second);
        Assert.Equal(RunState.Healthy, after.ById(run.Id).State);
    }

    [Fact]
    public void Alerts_that_still_fire_after_their_run_has_ended_open_no_other()
    {
        var before = new RepairScenario(Playbook.Of(Playbook.Fault("reboot", 10, Playbook.Reboot) with { Soak = 0 }));
        var alert = before.Alert();
        before.Open(alert);
        before.Perform(StepKind.Reboot);
        Assert.Equal(RunState.Healthy, before.Perform(StepKind.HealthCheck).State);
        var after = Successor(before);
        AdoptAll(before, after);

        Assert.Equal(AlertOutcome.Duplicate, after.Fire(alert));
        Assert.Null(after.OfNodeOrNull(1));
    }

    [Fact]
    public void A_node_that_waits_for_a_person_still_does()
    {
        var before = new RepairScenario(Playbook.Of(Playbook.Fault("rma", 10)));
        var run = before.Open();
        var after = Successor(before);
        AdoptAll(before, after);

        Assert.Equal(run.Number, after.QuarantinedBy(1));
        Assert.Contains(new Effect.Mark(0, run.NodeName, run.Id, "NeedsHardware", "None") { FaultClass = "rma" }, after.Effects);
        Assert.Equal(Outcome.Done, after.Do(new ReturnNodeCommand { Node = run.NodeName, Actor = "ann" }).Outcome);
        Assert.Equal(0, after.QuarantinedBy(1));
    }

    [Fact]
    public void A_run_whose_ladder_ends_with_a_drain_of_a_drained_node_can_be_taken_over_when_a_person_was_called()
    {
        var before = new RepairScenario(Playbook.Of(Playbook.Fault("reset", 30, Playbook.Drain, Playbook.GpuReset, Playbook.Drain)));
        before.Open();
        before.Perform(StepKind.Drain);
        before.Perform(StepKind.GpuReset);
        before.Perform(StepKind.HealthCheck, StepOutcome.Failed);
        before.Perform(StepKind.HealthCheck, StepOutcome.Failed);
        var after = Successor(before);

        Assert.Equal(Outcome.Done, after.Do(new AdoptRunCommand { Run = before.OfNode(1) }).Outcome);

        Assert.Equal(RunState.NeedsHardware, after.OfNode(1).State);
    }

    [Fact]
    public void The_story_goes_on_where_it_was_told_to()
    {
        var before = new RepairScenario(Playbook.Standard);
        var run = before.Open();
        before.Tell(run.Id, told: 2);
        var after = Successor(before);
        AdoptAll(before, after);

        Assert.Equal(new Telling("slack", "ts", 2), Assert.Single(after.ById(run.Id).Tellings));
        Assert.Contains(new Effect.Tell(0, run.Id), after.Effects);
    }

    [Fact]
    public void New_runs_get_numbers_beyond_those_that_were_adopted()
    {
        var before = new RepairScenario(Playbook.Standard);
        before.Open(1);
        before.Open(2);
        var after = Successor(before);
        AdoptAll(before, after);

        Assert.Equal(3, after.Open(after.Alert(3) with { Fingerprint = "new" }).Number);
    }

    [Fact]
    public void A_run_that_is_known_stays_as_it_is()
    {
        var s = new RepairScenario(Playbook.Standard);
        var old = Kept(s.Open());
        s.Perform(StepKind.Drain);

        Assert.Equal(Outcome.Unchanged, s.Do(new AdoptRunCommand { Run = old }).Outcome);
        Assert.Equal(Outcome.Unchanged, s.Do(new AdoptRunCommand { Run = Kept(s.OfNode(1)) }).Outcome);
    }

    [Fact]
    public void What_another_leader_has_brought_further_replaces_what_is_known()
    {
        var first = new RepairScenario(Playbook.Standard);
        var run = first.Open();
        var second = Successor(first);
        AdoptAll(first, second);
        GoOn(second, seed: 0, outcome: _ => StepOutcome.Succeeded);
        var ended = second.ById(run.Id);
        Assert.Equal(RunState.Healthy, ended.State);

        first.Advance(second.Now - first.Now);
        Assert.Equal(Outcome.Done, first.Do(new AdoptRunCommand { Run = Kept(ended) }).Outcome);

        Assert.Equal((0, 0L, 0u, 0), (first.Repair.LiveRunCount, first.QuarantinedBy(1), first.BadGpus(1), first.Repair.Repairing));
        Assert.Equal(Story(ended), Story(first.ById(run.Id)));
        first.Restart();
        first.AssertReplays();
    }

    [Fact]
    public void A_run_that_has_its_node_out_is_adopted_in_place_of_one_that_waits_for_room()
    {
        var before = new RepairScenario(Playbook.Standard);
        var run = Kept(before.Open(1)) with { Id = "r-abc-9" };
        var after = Successor(before);
        after.Do(new SetPolicyCommand { Policy = Playbook.Standard with { MaxRepairingPercent = 25 } });
        after.Open(2);
        var waiting = after.Open(1);
        Assert.Equal(RunState.Held, waiting.State);

        Assert.Equal(Outcome.Done, after.Do(new AdoptRunCommand { Run = run }).Outcome);

        Assert.Equal((run.Id, run.State, 9L), (after.OfNode(1).Id, after.OfNode(1).State, after.QuarantinedBy(1)));
        Assert.Equal(waiting.Episodes[0].Fingerprint, after.OfNode(1).Episodes[^1].Fingerprint);
        Assert.Equal((RunState.Healthy, 9), (after.ById(waiting.Id).State, after.Repair.RunById(run.Id)!.Number));
        Assert.Empty(after.Repair.Held);
        after.AssertReplays();
    }

    [Fact]
    public void A_run_is_not_adopted_for_a_node_that_has_another()
    {
        var before = new RepairScenario(Playbook.Standard);
        var run = Kept(before.Open(1));
        var after = Successor(before);
        after.Advance(1);
        after.Open(2);
        var other = after.Open(1);

        Assert.Equal(Outcome.Conflict, after.Do(new AdoptRunCommand { Run = run }).Outcome);
        Assert.Equal(Outcome.Refused, after.Do(new AdoptRunCommand { Run = run with { Id = "r-abc-9" } }).Outcome);
        Assert.Equal(other.Id, after.OfNode(1).Id);
    }

    [Fact]
    public void A_run_whose_node_left_while_nobody_led_ends_and_is_told()
    {
        var before = new RepairScenario(Playbook.Standard);
        before.Open(1);
        var run = Kept(before.BeginNext(StepKind.Drain)) with { NodeName = "gone" };
        var after = Successor(before);
        after.Advance(RepairScenario.Minute);

        Assert.Equal(Outcome.Done, after.Do(new AdoptRunCommand { Run = run }).Outcome);

        var ended = after.ById(run.Id);
        var last = ended.Timeline[^1];
        Assert.Equal((RunState.Escalated, after.Now, false, false, 1L), (ended.State, ended.EndedAt, ended.Holds, ended.Begun, ended.EndOrdinal));
        Assert.Equal((Reason.NodeRemoved, "cluster", "it left the cluster while no leader saw it"), (last.Reason, last.Actor, last.Detail));
        Assert.Equal(run.Timeline.AsEnumerable(), ended.Timeline.SkipLast(1));
        Assert.Equal([new Effect.Tell(-1, run.Id)], after.Effects);
        Assert.Equal((0, 0), (after.Repair.LiveRunCount, after.Repair.Repairing));
        Assert.Equal(Outcome.Unchanged, after.Do(new AdoptRunCommand { Run = run }).Outcome);
        Assert.Equal(AlertOutcome.Accepted, after.Fire(after.Alert(1)));
        after.Restart();
        after.AssertReplays();
    }

    [Fact]
    public void A_node_that_comes_back_while_an_alert_of_its_adopted_run_still_fires_is_taken_out_again()
    {
        var before = new RepairScenario(Playbook.Standard);
        var (fires, over) = (before.Alert(xid: 79, gpus: 2), before.Alert());
        before.Report(fires, over);
        before.Resolve(over);
        var after = Successor(before);
        AdoptAll(before, after);
        var first = after.OfNode(1);
        after.RemoveNode(first.NodeName);

        var run = after.RunOfNew(first.NodeName);

        Assert.Equal((RunState.Quarantined, "off-bus", 2u), (run?.State, run?.Class.Name, run?.GpuMask));
        Assert.NotEqual(first.Id, run!.Id);
        Assert.Equal(first.Summary, run.Summary);
        Assert.Equal(fires.Fingerprint, Assert.Single(run.Episodes).Fingerprint);
        Assert.Equal((AlertOutcome.Accepted, run.Id), after.Repair.Alerts[1] is var record ? (record.Outcome, record.Run) : default);
        Assert.Empty(after.Repair.Homeless);
        Assert.Equal(AlertOutcome.Duplicate, after.Fire(fires));
        after.Resolve(fires);
        Assert.Equal(RunState.Healthy, after.ById(run.Id).State);
        after.Restart();
        after.AssertReplays();
    }

    [Fact]
    public void A_node_that_was_gone_when_its_run_was_adopted_is_taken_out_when_it_comes_back_while_its_alert_still_fires()
    {
        var before = new RepairScenario(Playbook.Standard);
        var run = before.Open(1);
        var after = Successor(before);
        after.RemoveNode(run.NodeName);
        AdoptAll(before, after);

        Assert.Equal(run.Episodes[0].Fingerprint, after.RunOfNew(run.NodeName)?.Episodes.Single().Fingerprint);
        after.AssertReplays();
    }

    [Fact]
    public void Of_an_adopted_run_as_many_alerts_are_kept_for_its_node_as_of_any_other()
    {
        var before = new RepairScenario(Playbook.Standard);
        before.Report([.. Enumerable.Range(0, 40).Select(_ => before.Alert())]);
        var after = Successor(before);
        AdoptAll(before, after);
        after.RemoveNode(RepairScenario.NameOf(1));

        Assert.Equal(16, after.Repair.Alerts.Count);
        Assert.Equal(16, after.RunOfNew(RepairScenario.NameOf(1))?.Episodes.Length);
    }

    [Fact]
    public void A_run_that_held_its_node_for_a_person_holds_none_when_that_is_gone()
    {
        var before = new RepairScenario(Playbook.Of(Playbook.Fault("rma", 10)));
        var run = Kept(before.Open()) with { NodeName = "gone" };
        var after = Successor(before);

        Assert.Equal(Outcome.Done, after.Do(new AdoptRunCommand { Run = run }).Outcome);

        Assert.Equal((RunState.NeedsHardware, false, Reason.NodeRemoved), (after.ById(run.Id).State, after.ById(run.Id).Holds, after.ById(run.Id).Timeline[^1].Reason));
        Assert.DoesNotContain(after.Effects, effect => effect is Effect.Mark);
        after.AssertReplays();
    }

    public static TheoryData<string, Func<object, object>> Wrong()
    {
        var wrong = new TheoryData<string, Func<object, object>>();
        void Add(string field, Func<Run, Run> change) => wrong.Add(field, run => change((Run)run));
        Add("id", run => run with { Id = "run-1" });
        Add("id", run => run with { Id = "r-abc-zzzzzzzzzzz" });
        Add("nodeName", run => run with { NodeName = "\ud800" });
        Add("class", run => run with { Class = run.Class with { Severity = 0 } });
        Add("pending", run => run with { Pending = run.Class with { Name = "" } });
        Add("state", run => run with { State = (RunState)99 });
        Add("endedAt", run => run with { EndedAt = 1 });
        Add("endedAt", run => run with { State = RunState.Healthy, Holds = false });
        Add("holds", run => run with { Holds = false });
        Add("holds", run => run with { State = RunState.Held });
        Add("step", run => run with { Step = (StepKind)99 });
        Add("step", run => run with { Step = StepKind.Reboot });
        Add("step", run => run with { Attempt = 0 });
        Add("rung", run => run with { Rung = 77 });
        Add("attempt", run => run with { Attempt = 101 });
        Add("tries", run => run with { Tries = -1 });
        Add("begun", run => run with { State = RunState.Soaking });
        Add("deadline", run => run with { Deadline = long.MaxValue });
        Add("openedAt", run => run with { OpenedAt = 0 });
        Add("episodes", run => run with { Episodes = [run.Episodes[0] with { Fingerprint = "" }] });
        Add("timeline", run => run with { Timeline = [] });
        Add("timeline", run => run with { Timeline = [run.Timeline[0] with { Reason = (Reason)200 }] });
        Add("tellings", run => run with { Tellings = [new Telling("slack", "", 99)] });
        return wrong;
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_run_that_contradicts_itself_is_refused_by_the_name_of_the_field(string field, Func<object, object> change)
    {
        var before = new RepairScenario(Playbook.Standard);
        before.Open();
        var run = Kept(before.BeginNext(StepKind.Drain));
        var after = Successor(before);

        var reply = after.Do(new AdoptRunCommand { Run = (Run)change(run) });

        Assert.Equal(Outcome.Invalid, reply.Outcome);
        Assert.StartsWith(field, (string)reply.Detail!, StringComparison.Ordinal);
        Assert.Equal(Outcome.Done, after.Do(new AdoptRunCommand { Run = run }).Outcome);
    }

    /// <summary>What the cluster keeps of a run.</summary>
    private static Run Kept(Run run) => run with
    {
        Number = 0,
        Node = -1,
        QueuedAt = 0,
        Grace = 0,
        Teller = "",
        TellerUntil = 0,
        ToldAt = 0,
        EndOrdinal = 0,
        Marking = NodeMarking.None,
    };

    /// <summary>The same cluster at the same time under an engine that knows of no run.</summary>
    private static RepairScenario Successor(RepairScenario before)
    {
        var after = new RepairScenario(before.Repair.Policy, nodes: 0, checkUnchanged: false);
        after.Advance(before.Now - after.Now);
        for (var node = 1; node < 20; node++)
        {
            if (before.State.Nodes.TryFind(RepairScenario.NameOf(node), out _))
                after.AddNode(RepairScenario.NameOf(node));
        }

        return after;
    }

    private static void AdoptAll(RepairScenario before, RepairScenario after)
    {
        foreach (var run in before.Repair.Ended.Values.Concat(before.Repair.Live.Values).OrderBy(run => run.State == RunState.Held))
        {
            var reply = after.Do(new AdoptRunCommand { Run = Kept(run) });
            Assert.True(reply.Outcome is Outcome.Done, $"{run.Id}: {reply.Outcome} {reply.Detail}");
        }
    }

    private static IEnumerable<(string, StepKind, int)> Wakes(RepairScenario s)
        => s.Repair.Live.Values.Where(run => run.Attempt > 0 && run.State is RunState.Quarantined or RunState.Draining or RunState.Acting or RunState.Verifying)
            .Select(run => (run.Id, run.Step, run.Attempt)).Order();

    private static IEnumerable<string> Standing(RepairScenario s)
        => s.Repair.Live.Values.Concat(s.Repair.Ended.Values.Where(run => run.Holds)).OrderBy(run => run.Number)
            .Select(run => $"{run.Id} {run.State} {run.Step} {run.Attempt} {run.Begun} {s.State.Nodes.QuarantinedBy(run.Node)} {(run.Ended ? 0 : s.State.Nodes.BadGpusOf(run.Node))} {run.Marking.Wanted}");

    private static string Story(Run run)
        => $"{run.Id} {run.State} {run.Holds} {run.GpuMask}: {string.Join("; ", run.Timeline)} {string.Join("; ", run.Episodes)} {string.Join("; ", run.Tellings)}";

    /// <summary>Executors answer at once, each attempt alike in every world, until all runs have ended.</summary>
    private static void GoOn(RepairScenario s, int seed, Func<string, StepOutcome>? outcome = null)
    {
        outcome ??= key => (StepOutcome)(new Random(seed + key.Sum(letter => letter * 31)).Next(3) + 1);
        for (var round = 0; s.Repair.LiveRunCount > 0; round++)
        {
            Assert.InRange(round, 0, 2_000);
            foreach (var run in s.Repair.Live.Values.Where(run => run.Attempt > 0).ToList())
            {
                var wake = new Effect.EnqueueStep(run.Node, run.Id, run.Step, run.Attempt, 0);
                s.Begin(wake);
                s.Complete(wake, outcome($"{run.Id}/{run.Attempt}"));
            }

            s.Pass(RepairScenario.Minute);
        }
    }
}
