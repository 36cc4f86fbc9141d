using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Scheduling.Tests.Repair;

public sealed class StormGuardTests
{
    [Fact]
    public void Only_a_share_of_the_nodes_is_in_repair_at_once()
    {
        var s = Guarded(nodes: 10, percent: 20);

        for (var node = 1; node <= 10; node++)
            s.Open(node);

        Assert.Equal(2, s.Repair.Repairing);
        Assert.Equal(8, s.Repair.Live.Values.Count(run => run.State == RunState.Held));
        Assert.Equal(0, s.QuarantinedBy(3));
        s.AssertReplays();
    }

    [Fact]
    public void The_faulty_gpus_of_a_held_run_get_no_workloads_although_its_node_does()
    {
        var s = Guarded(nodes: 4, percent: 25);
        s.Open(1);

        s.Open(2, gpus: 0b100);

        Assert.Equal((0L, 0b100u), (s.QuarantinedBy(2), s.BadGpus(2)));
    }

    [Fact]
    public void A_bad_signal_that_calls_a_person_at_once_takes_no_more_nodes_than_the_guard_allows()
    {
        var s = new RepairScenario(Playbook.Of(Playbook.Fault("unknown", 10)) with { MaxRepairingPercent = 20 }, 10);

        for (var node = 1; node <= 10; node++)
            s.Open(node);

        Assert.Equal(2, s.Repair.Escalated.Count);
        Assert.Equal(8, s.Repair.Held.Count);
        s.Restart();
        s.Pass(StormGuard.EscalationCounts + 1);
        Assert.Equal((4, 6), (s.Repair.Escalated.Count, s.Repair.Held.Count));
        s.AssertReplays();
    }

    [Fact]
    public void A_tiny_pool_may_always_repair_one_node()
    {
        var s = Guarded(nodes: 3, percent: 1);

        Assert.Equal(RunState.Quarantined, s.Open(1).State);
        Assert.Equal(RunState.Held, s.Open(2).State);
    }

    [Fact]
    public void The_run_that_waited_longest_goes_on_when_another_ends()
    {
        var s = Guarded(nodes: 4, percent: 25);
        var first = s.Alert(1);
        s.Open(first);
        s.Open(3);
        s.Open(2);

        s.Resolve(first);

        Assert.Equal((RunState.Quarantined, RunState.Held), (s.OfNode(3).State, s.OfNode(2).State));
        Assert.Equal(s.OfNode(3).Id, s.Wake.Run);
    }

    [Fact]
    public void A_newcomer_does_not_overtake_those_who_wait()
    {
        var s = Guarded(nodes: 4, percent: 25);
        var first = s.Alert(1);
        s.Open(first);
        s.Open(2);

        s.Report(first with { Status = AlertStatus.Resolved }, s.Alert(3));

        Assert.Equal((RunState.Quarantined, RunState.Held), (s.OfNode(2).State, s.OfNode(3).State));
    }

    [Fact]
    public void A_held_run_that_is_resolved_ends_and_leaves_no_trace_on_the_node()
    {
        var s = Guarded(nodes: 4, percent: 25);
        s.Open(1);
        var alert = s.Alert(2);
        var run = s.Open(alert);

        Assert.Equal(AlertOutcome.Accepted, s.Resolve(alert));

        Assert.Equal((RunState.Healthy, Reason.ResolvedBeforeAction), (s.ById(run.Id).State, s.ById(run.Id).Timeline[^1].Reason));
        Assert.Equal(0u, s.BadGpus(2));
        Assert.DoesNotContain(s.History, effect => effect is Effect.Unmark);
    }

    [Fact]
    public void A_worse_fault_changes_what_a_held_run_will_do()
    {
        var s = Guarded(nodes: 4, percent: 25);
        var first = s.Alert(1);
        s.Open(first);
        s.Open(2, xid: 48);

        s.Open(2, xid: 79);
        Assert.Equal((RunState.Held, "off-bus"), (s.OfNode(2).State, s.OfNode(2).Class.Name));
        s.Resolve(first);
        s.Perform(StepKind.Drain);

        Assert.Equal(StepKind.PowerCycle, s.Wake.Step);
    }

    [Fact]
    public void More_room_lets_held_runs_go_on_at_once()
    {
        var s = Guarded(nodes: 4, percent: 25);
        s.Open(1);
        s.Open(2);

        s.Do(new SetPolicyCommand { Policy = Playbook.Standard with { MaxRepairingPercent = 50 } });

        Assert.Equal(RunState.Quarantined, s.OfNode(2).State);
    }

    [Fact]
    public void Less_room_stops_nothing_that_goes_on()
    {
        var s = Guarded(nodes: 4, percent: 100);
        s.Open(1);
        s.Open(2);

        s.Do(new SetPolicyCommand { Policy = Playbook.Standard with { MaxRepairingPercent = 25 } });

        Assert.Equal(2, s.Repair.Repairing);
        Assert.Equal(RunState.Held, s.Open(3).State);
    }

    [Fact]
    public void Ten_thousand_held_runs_that_end_at_once_do_not_exhaust_the_stack()
    {
        const int Nodes = 10_000;
        var policy = Playbook.Of(Playbook.Fault("rma", 10), Playbook.Fault("reboot", 20, Playbook.Reboot)) with { MaxRepairingPercent = 1 };
        var s = new RepairScenario(policy, 100, checkUnchanged: false);
        for (var node = 101; node <= Nodes; node++)
            s.AddNode(RepairScenario.NameOf(node));
        s.Report([.. Enumerable.Range(1, 100).Select(node => s.Alert(node, xid: 79))]);
        s.Report([.. Enumerable.Range(101, Nodes - 100).Select(node => s.Alert(node))]);
        Assert.Equal(Nodes - 100, s.Repair.Held.Count);

        s.Do(new SetPolicyCommand { Policy = policy with { MaxRepairingPercent = 100 } });

        Assert.Empty(s.Repair.Held);
        Assert.Equal(100, s.Repair.Repairing);
    }

    [Fact]
    public void A_storm_of_ten_thousand_alerts_costs_in_proportion()
    {
        const int Nodes = 10_000;
        var s = new RepairScenario(Playbook.Standard, Nodes, checkUnchanged: false);

        var few = Measure(1_000);
        var many = Measure(9_000);

        // Nine times the alerts; a cost that grew with the square would be eighty times.
        Assert.InRange(many, 0, few * 36);
        Assert.Equal(Nodes, s.Repair.Repairing);

        long Measure(int alerts)
        {
            var from = s.Repair.LiveRunCount + 1;
            var storm = Enumerable.Range(from, alerts).Select(node => s.Alert(node)).ToArray();
            var before = GC.GetAllocatedBytesForCurrentThread();
            s.Report(storm);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    private static RepairScenario Guarded(int nodes, int percent) => new(Playbook.Standard with { MaxRepairingPercent = percent }, nodes);
}
