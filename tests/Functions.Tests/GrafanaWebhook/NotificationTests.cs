using System.Text;
using Pipeline.Contracts;
using Pipeline.Contracts.V1;
using Pipeline.Functions.Tests.GrafanaWebhook.Support;

namespace Pipeline.Functions.Tests.GrafanaWebhook;

public sealed class NotificationTests
{
    private const long StartsAt = 1795302010_000;

    [Fact]
    public async Task A_grafana_notification_is_reported_whole()
    {
        var rig = new WebhookRig();
        var answer = WebhookRig.Answer(await rig.PostAsync(Fixture.Bytes(Fixture.GrafanaFiring)));

        Assert.Equal((1, 0, 0), (answer.Accepted, answer.Duplicates, answer.Ignored));
        Assert.Equal(["run-1"], answer.Runs);
        var report = Assert.Single(rig.Repair.Reports);
        Assert.Equal(("grafana", 0, WebhookRig.Now * 1000), (report.Source, report.TruncatedAlerts, report.ReceivedAt));
        Assert.Equal(
            new Alert
            {
                Fingerprint = "673ea9a78cfa0916",
                StartsAt = StartsAt,
                Status = AlertStatus.Firing,
                Kind = AlertKind.Fault,
                AlertName = "GpuXidCritical",
                Node = "gpu-0012",
                GpuMask = 1 << 3,
                Xid = 79,
                Summary = "XID 79 on gpu-0012",
                Labels =
                {
                    "UUID=GPU-00000000-0000-0000-0000-000000000003", "alertname=GpuXidCritical", "gpu=3", "grafana_folder=gpu", "node=gpu-0012",
                    "severity=critical", "xid=79",
                },
            },
            rig.Repair.OnlyAlert);
    }

    [Theory]
    [InlineData("2026-11-21T23:00:10Z")]
    [InlineData("2026-11-21T23:00:10.000000+00:00")]
    [InlineData("2026-11-22T08:00:10\\u002B09:00")]
    public async Task A_time_is_understood_however_it_is_written(string startsAt)
    {
        var rig = new WebhookRig();
        await rig.PostAsync(Encoding.UTF8.GetBytes(
            "{\"version\":\"4\",\"alerts\":[{\"status\":\"firing\",\"fingerprint\":\"a\",\"labels\":{},\"startsAt\":\"" + startsAt + "\"}]}"));
        Assert.Equal(StartsAt, rig.Repair.OnlyAlert.StartsAt);
    }

    [Fact]
    public async Task A_resolve_names_the_same_episode()
    {
        var rig = new WebhookRig();
        await rig.PostAsync(Fixture.Bytes(Fixture.GrafanaResolved));
        var alert = rig.Repair.OnlyAlert;
        Assert.Equal((AlertStatus.Resolved, "673ea9a78cfa0916", StartsAt), (alert.Status, alert.Fingerprint, alert.StartsAt));
    }

    [Fact]
    public async Task An_alertmanager_notification_is_told_apart_by_its_version()
    {
        var rig = new WebhookRig();
        await rig.PostAsync(Fixture.Bytes(Fixture.AlertmanagerFiring));
        Assert.Equal("alertmanager", Assert.Single(rig.Repair.Reports).Source);
        var alert = rig.Repair.OnlyAlert;
        Assert.Equal(("2a4c8e4385b1ff01", "gpu-0012", 8u, 79, AlertKind.Fault), (alert.Fingerprint, alert.Node, alert.GpuMask, alert.Xid, alert.Kind));
    }

    [Fact]
    public async Task The_test_button_is_accepted_and_marked_as_a_test()
    {
        var rig = new WebhookRig();
        rig.Repair.Answer = _ => Task.FromResult(new ReportAlertsReply { Outcomes = { AlertOutcome.Ignored }, Runs = { "" } });
        var answer = WebhookRig.Answer(await rig.PostAsync(Fixture.Bytes(Fixture.GrafanaTest)));
        Assert.Equal((0, 0, 1), (answer.Accepted, answer.Duplicates, answer.Ignored));
        Assert.Empty(answer.Runs);
        Assert.Equal(AlertKind.Test, rig.Repair.OnlyAlert.Kind);
    }

    [Theory]
    [InlineData("TestAlert", AlertKind.Test)]
    [InlineData("DatasourceNoData", AlertKind.NoData)]
    [InlineData("DatasourceError", AlertKind.DatasourceError)]
    public async Task Alerts_of_grafana_about_itself_never_carry_a_fault(string name, AlertKind kind)
    {
        var rig = new WebhookRig();
        await rig.PostAsync(Notification.Of(Notification.Alert(name, ("node", "gpu-0001"), ("xid", "79"), ("fault_class", "thermal"))));
        var alert = rig.Repair.OnlyAlert;
        Assert.Equal((kind, 0, "", "gpu-0001"), (alert.Kind, alert.Xid, alert.FaultClass, alert.Node));
    }

    [Fact]
    public async Task Outcomes_are_counted_and_runs_are_named_once()
    {
        var rig = new WebhookRig();
        rig.Repair.Answer = _ => Task.FromResult(new ReportAlertsReply
        {
            Outcomes = { AlertOutcome.Accepted, AlertOutcome.Accepted, AlertOutcome.Duplicate, AlertOutcome.Ignored, AlertOutcome.UnknownNode },
            Runs = { "b", "a", "b", "", "" },
        });
        var alerts = Enumerable.Range(0, 5).Select(_ => Notification.Alert("A")).ToArray();
        var answer = WebhookRig.Answer(await rig.PostAsync(Notification.Of(alerts)));
        Assert.Equal((3, 1, 1), (answer.Accepted, answer.Duplicates, answer.Ignored));
        Assert.Equal(["b", "a"], answer.Runs);
    }

    [Fact]
    public async Task Alerts_that_were_left_out_are_passed_on_and_logged()
    {
        var rig = new WebhookRig();
        await rig.PostAsync(Fixture.Text(Fixture.GrafanaFiring).Replace("\"truncatedAlerts\": 0", "\"truncatedAlerts\": 7"));
        Assert.Equal(7, Assert.Single(rig.Repair.Reports).TruncatedAlerts);
        Assert.Contains("left out 7 alerts", Assert.Single(rig.Log.Lines).Message);
    }

    [Fact]
    public async Task Nothing_is_answered_before_the_alerts_are_durable()
    {
        var rig = new WebhookRig();
        var durable = new TaskCompletionSource<ReportAlertsReply>();
        rig.Repair.Answer = _ => durable.Task;
        var answer = rig.PostAsync(Fixture.Bytes(Fixture.GrafanaFiring));
        Assert.Single(rig.Repair.Reports);
        Assert.False(answer.IsCompleted);
        durable.SetResult(RecordingRepairApi.AllAccepted(rig.Repair.Reports[0]));
        Assert.Equal(202, (await answer).Status);
    }

    [Fact]
    public async Task What_cannot_be_made_durable_is_answered_with_503_and_when_to_come_back()
    {
        var rig = new WebhookRig();
        rig.Repair.Answer = _ => throw new HotpathUnavailableException("full", TimeSpan.FromSeconds(2.2));
        var response = await rig.PostAsync(Fixture.Bytes(Fixture.GrafanaFiring));
        Assert.Equal((503, "3"), (response.Status, response.RetryAfter));
    }

    [Fact]
    public async Task What_the_engine_finds_invalid_is_answered_with_400_and_the_field()
    {
        var rig = new WebhookRig();
        rig.Repair.Answer = _ => throw new ArgumentException("alerts[0].startsAt: must be after 1970");
        var response = await rig.PostAsync(Fixture.Bytes(Fixture.GrafanaFiring));
        Assert.Equal((400, "alerts[0].startsAt: must be after 1970"), (response.Status, WebhookRig.Error(response)));
    }

    [Fact]
    public async Task A_defect_of_the_engine_is_not_hidden()
    {
        var rig = new WebhookRig();
        rig.Repair.Answer = _ => throw new InvalidOperationException("defect");
        await Assert.ThrowsAsync<InvalidOperationException>(() => rig.PostAsync(Fixture.Bytes(Fixture.GrafanaFiring)));
    }
}
