using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Scheduling.Tests.Repair;

public sealed class DuplicateTests
{
    [Fact]
    public void The_same_episode_again_is_a_duplicate_and_names_its_run()
    {
        var s = new RepairScenario(Playbook.Standard);
        var alert = s.Alert();

        var replies = s.Report(alert, alert);

        Assert.Equal([AlertOutcome.Accepted, AlertOutcome.Duplicate], replies.Outcomes.AsEnumerable());
        Assert.Equal(replies.Runs[0], replies.Runs[1]);
        Assert.Single(s.OfNode(1).Episodes);
        Assert.Single(s.Repair.Alerts);
        s.AssertReplays();
    }

    [Fact]
    public void A_second_resolve_is_a_duplicate()
    {
        var s = new RepairScenario(Playbook.Standard);
        var alert = s.Alert();
        s.Fire(alert);
        s.Resolve(alert);

        Assert.Equal(AlertOutcome.Duplicate, s.Resolve(alert));
    }

    [Fact]
    public void The_same_fingerprint_with_another_start_is_another_episode()
    {
        var s = new RepairScenario(Playbook.Standard);
        var alert = s.Alert();
        s.Fire(alert);

        Assert.Equal(AlertOutcome.Accepted, s.Fire(alert with { StartsAt = alert.StartsAt + 1 }));
    }

    [Fact]
    public void The_table_is_bounded_and_forgets_what_was_not_seen_for_the_longest_time()
    {
        const int Capacity = 65_536;
        var s = new RepairScenario(Playbook.Standard, checkUnchanged: false);
        var (old, oldest) = (s.Alert(kind: AlertKind.Test), s.Alert(kind: AlertKind.Test));
        s.Report(oldest, old);

        for (var left = Capacity - 2; left > 0; left -= 8_192)
            s.Report([.. Enumerable.Range(0, Math.Min(left, 8_192)).Select(_ => s.Alert(kind: AlertKind.Test))]);
        Assert.Equal(Capacity, s.State.Episodes.Count);
        Assert.Equal(AlertOutcome.Duplicate, s.Fire(oldest));
        s.Fire(s.Alert(kind: AlertKind.Test));

        Assert.Equal(Capacity, s.State.Episodes.Count);
        // In the order in which they were seen, not in that of their coming.
        s.Restart();
        s.Fire(s.Alert(kind: AlertKind.Test));
        Assert.Equal(AlertOutcome.Duplicate, s.Fire(oldest));
        Assert.Equal(AlertOutcome.Ignored, s.Fire(old));
    }

    [Fact]
    public void A_truncated_notification_is_noted_once_on_each_run_that_goes_on()
    {
        var s = new RepairScenario(Playbook.Standard);
        var over = s.Alert(3);
        var ended = s.Open(over);
        s.Resolve(over);

        var reply = s.Do(new ReportAlertsCommand { Alerts = [s.Alert(1), s.Alert(1, gpus: 2), s.Alert(2), over], Source = "grafana", TruncatedAlerts = 7 });

        Assert.Equal(Outcome.Done, reply.Outcome);
        foreach (var node in new[] { 1, 2 })
            Assert.Contains("7", Assert.Single(s.OfNode(node).Timeline, entry => entry.Reason == Reason.AlertsTruncated).Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(s.ById(ended.Id).Timeline, entry => entry.Reason == Reason.AlertsTruncated);
        Assert.Equal(7, s.Repair.Alerts.Last().Truncated);
        s.AssertReplays();
    }

    [Fact]
    public void An_empty_notification_changes_nothing()
    {
        var s = new RepairScenario(Playbook.Standard);

        Assert.Equal(Outcome.Unchanged, s.Do(new ReportAlertsCommand { Source = "grafana", TruncatedAlerts = 3 }).Outcome);
    }

    [Fact]
    public void An_alert_that_fires_for_ever_does_not_grow_its_run_for_ever()
    {
        var s = new RepairScenario(Playbook.Standard, checkUnchanged: false);

        for (var i = 0; i < 1_000; i++)
            s.Report(s.Alert(gpus: 1), s.Alert(xid: 154, fault: i % 2 == 0 ? "reboot" : "off-bus", overrides: true));

        Assert.InRange(s.Repair.RunByNumber(1)!.Timeline.Length, 1, 300);
        Assert.InRange(s.Repair.RunByNumber(1)!.Episodes.Length, 1, 128);
    }

    [Fact]
    public void Evidence_that_changes_for_ever_does_not_grow_a_held_run_for_ever()
    {
        var s = new RepairScenario(Playbook.Standard with { MaxRepairingPercent = 1 }, checkUnchanged: false);
        s.Open(1);

        for (var i = 0; i < 1_000; i++)
            s.Fire(s.Alert(2, xid: 154, fault: i % 2 == 0 ? "reboot" : "off-bus", overrides: true));

        Assert.Equal(RunState.Held, s.OfNode(2).State);
        Assert.InRange(s.OfNode(2).Timeline.Length, 1, 300);
    }
}
