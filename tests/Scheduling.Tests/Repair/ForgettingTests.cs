using System.Collections.Immutable;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Scheduling.Tests.Repair;

public sealed class ForgettingTests
{
    [Fact]
    public void The_newest_runs_stay_in_memory_although_they_are_archived()
    {
        var s = Ended(1_500);

        s.Do(new ArchivedCommand { RunsThrough = 1_500 });

        Assert.Equal(1_000, s.Repair.Ended.Count);
        Assert.Equal(501, s.Repair.Ended.First().Key);
        s.AssertReplays();
    }

    [Fact]
    public void What_is_not_archived_is_not_forgotten()
    {
        var s = Ended(1_500);

        s.Do(new ArchivedCommand { RunsThrough = 100 });

        Assert.Equal(1_400, s.Repair.Ended.Count);
        Assert.Equal(Outcome.Unchanged, s.Do(new ArchivedCommand { RunsThrough = 100 }).Outcome);
    }

    [Fact]
    public void Runs_go_by_the_order_in_which_they_ended()
    {
        var s = new RepairScenario(Playbook.Standard, nodes: 1_300, checkUnchanged: false);
        var first = s.Alert(1);
        s.Open(first);
        End(s, from: 2, count: 1_200);
        s.Resolve(first);
        Settle(s, s.Repair.RunByNumber(1)!);

        s.Do(new ArchivedCommand { RunsThrough = 1_200 });

        Assert.NotNull(s.Repair.RunByNumber(1));
        Assert.Null(s.Repair.RunByNumber(2));
    }

    [Fact]
    public void A_run_that_holds_its_node_or_is_not_settled_is_not_forgotten()
    {
        var s = new RepairScenario(Playbook.Of(Playbook.Fault("rma", 10), Playbook.Fault("reboot", 20, Playbook.Reboot)), nodes: 1_300, checkUnchanged: false);
        var holds = s.Open(1, xid: 48);
        Settle(s, holds);
        var alert = s.Alert(2, xid: 79);
        var untold = s.Open(alert);
        s.Resolve(alert);
        End(s, from: 3, count: 1_100, xid: 79);

        s.Do(new ArchivedCommand { RunsThrough = s.Repair.LastEndOrdinal });

        Assert.NotNull(s.Repair.RunById(holds.Id));
        Assert.NotNull(s.Repair.RunById(untold.Id));
        Assert.Equal(1_000, s.Repair.Ended.Count);
        Assert.Equal(holds.Number, s.QuarantinedBy(1));
    }

    [Fact]
    public void A_run_that_was_stored_before_it_was_over_is_not_forgotten()
    {
        var s = Ended(1_500);

        s.Do(new ArchivedCommand { RunsThrough = 1_500, Unfinished = [3] });

        Assert.Equal([3, 502], s.Repair.Ended.Keys.Take(2));
        s.AssertReplays();
    }

    [Fact]
    public void Alerts_are_forgotten_up_to_the_archived_one_and_the_newest_stay()
    {
        var s = new RepairScenario(Playbook.Standard, checkUnchanged: false);
        s.Fire(s.Alert(name: "late"));
        s.Report([.. Enumerable.Range(0, 7_000).Select(_ => s.Alert(kind: AlertKind.Test))]);
        s.Report([.. Enumerable.Range(0, 7_000).Select(_ => s.Alert(kind: AlertKind.Test))]);

        s.Do(new ArchivedCommand { AlertsThrough = 101 });
        Assert.Equal(13_901, s.Repair.Alerts.Count);
        s.Do(new ArchivedCommand { AlertsThrough = 14_001 });

        Assert.Equal(10_000, s.Repair.Alerts.Count);
        Assert.Equal(1, s.Repair.Alerts.First().Number);
        Assert.NotNull(s.RunOfNew("late"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_alert_that_was_stored_before_its_node_appeared_is_not_forgotten(bool unfinished)
    {
        var s = new RepairScenario(Playbook.Standard, checkUnchanged: false);
        s.Fire(s.Alert(name: "late"));
        for (var report = 0; report < 2; report++)
            s.Report([.. Enumerable.Range(0, 7_000).Select(_ => s.Alert(kind: AlertKind.Test))]);
        var homeless = s.Repair.HomelessAlerts.ToImmutableArray();
        var run = s.RunOfNew("late")!;

        s.Do(new ArchivedCommand { AlertsThrough = 14_001, Homeless = homeless, Unfinished = unfinished ? [run.Number] : [] });

        Assert.Equal(run.Id, s.Repair.Alerts[1].Run);
        s.AssertReplays();
        s.Fire(s.Alert(kind: AlertKind.Test));
        s.Do(new ArchivedCommand { AlertsThrough = 14_002 });
        Assert.False(s.Repair.Alerts.TryGetValue(1, out _));
    }

    [Theory]
    [InlineData(2, 0, "runsThrough")]
    [InlineData(-1, 0, "runsThrough")]
    [InlineData(0, 2, "alertsThrough")]
    [InlineData(0, -1, "alertsThrough")]
    public void What_does_not_exist_cannot_have_been_archived(long runs, long alerts, string field)
    {
        var s = new RepairScenario(Playbook.Of(Playbook.Fault("rma", 10)));
        s.Open();

        var reply = s.Do(new ArchivedCommand { RunsThrough = runs, AlertsThrough = alerts });

        Assert.Equal(Outcome.Invalid, reply.Outcome);
        Assert.StartsWith(field + ":", (string?)reply.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_duplicate_of_a_forgotten_run_is_still_a_duplicate()
    {
        var s = new RepairScenario(Playbook.Standard, nodes: 1_300, checkUnchanged: false);
        var alert = s.Alert(1);
        var run = s.Open(alert);
        s.Resolve(alert);
        Settle(s, s.ById(run.Id));
        End(s, from: 2, count: 1_100);
        s.Do(new ArchivedCommand { RunsThrough = s.Repair.LastEndOrdinal });
        Assert.Null(s.Repair.RunById(run.Id));

        Assert.Equal(AlertOutcome.Duplicate, s.Fire(alert));

        Assert.Null(s.OfNodeOrNull(1));
    }

    private static RepairScenario Ended(int count)
    {
        var s = new RepairScenario(Playbook.Standard, nodes: count, checkUnchanged: false);
        End(s, from: 1, count);
        return s;
    }

    private static void End(RepairScenario s, int from, int count, int xid = 48)
    {
        var alerts = Enumerable.Range(from, count).Select(node => s.Alert(node, xid)).ToArray();
        var opened = s.Report(alerts);
        s.Report([.. alerts.Select(alert => alert with { Status = AlertStatus.Resolved })]);
        foreach (var id in opened.Runs)
            Settle(s, s.ById(id));
    }

    private static void Settle(RepairScenario s, Run run)
    {
        s.Confirm(run);
        s.Tell(run.Id);
    }
}
