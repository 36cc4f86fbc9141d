using System.Text;
using Pipeline.Functions.Tests.GrafanaWebhook.Support;

namespace Pipeline.Functions.Tests.GrafanaWebhook;

public sealed class BadNotificationTests
{
    private const string Good = """{"status":"firing","startsAt":"2026-11-21T23:00:10Z","fingerprint":"a","labels":{}}""";

    [Theory]
    [InlineData("", "body: not JSON")]
    [InlineData("hello", "body: not JSON (line 1, byte 1)")]
    [InlineData("null", "body: must be an object")]
    [InlineData("[]", "body: must be an object")]
    [InlineData("\"text\"", "body: must be an object")]
    [InlineData("{}", "version: is missing")]
    [InlineData("""{"text":"custom payload"}""", "version: is missing")]
    [InlineData("""{"version":"2","alerts":[]}""", "version: must be \"1\"")]
    [InlineData("""{"version":1,"alerts":[]}""", "version: must be a text")]
    [InlineData("""{"version":"1"}""", "alerts: is missing")]
    [InlineData("""{"version":"1","alerts":null}""", "alerts: is missing")]
    [InlineData("""{"version":"4","alerts":[]}""", "alerts: must be 1 to 10000, are 0")]
    [InlineData("""{"version":"1","alerts":{}}""", "alerts: must be a list")]
    [InlineData("""{"version":"1","alerts":["x"]}""", "alerts[0]: must be an object")]
    [InlineData("""{"version":"1","alerts":[null]}""", "alerts[0]: must be an object")]
    [InlineData("""{"version":"1","alerts":[GOOD],"truncatedAlerts":"3"}""", "truncatedAlerts: must be a whole number")]
    [InlineData("""{"version":"1","alerts":[{"status":"firing","startsAt":"2026-11-21T23:00:10Z"}]}""", "alerts[0].fingerprint: is missing")]
    [InlineData("""{"version":"1","alerts":[{"status":"firing","fingerprint":"","startsAt":"2026-11-21T23:00:10Z"}]}""", "alerts[0].fingerprint: is missing")]
    [InlineData("""{"version":"1","alerts":[{"status":"firing","fingerprint":7,"startsAt":"2026-11-21T23:00:10Z"}]}""", "alerts[0].fingerprint: must be a text")]
    [InlineData("""{"version":"1","alerts":[{"fingerprint":"a","startsAt":"2026-11-21T23:00:10Z"}]}""", "alerts[0].status: is missing")]
    [InlineData("""{"version":"1","alerts":[{"status":"pending","fingerprint":"a","startsAt":"2026-11-21T23:00:10Z"}]}""", "alerts[0].status: must be \"firing\" or \"resolved\"")]
    [InlineData("""{"version":"1","alerts":[{"status":"firing","fingerprint":"a"}]}""", "alerts[0].startsAt: is missing or zero")]
    [InlineData("""{"version":"1","alerts":[{"status":"firing","fingerprint":"a","startsAt":"0001-01-01T00:00:00Z"}]}""", "alerts[0].startsAt: is missing or zero")]
    [InlineData("""{"version":"1","alerts":[{"status":"firing","fingerprint":"a","startsAt":"yesterday"}]}""", "alerts[0].startsAt: must be an RFC 3339 time")]
    [InlineData("""{"version":"1","alerts":[{"status":"firing","fingerprint":"a","startsAt":"2026-11-21T23:00:10"}]}""", "alerts[0].startsAt: must be an RFC 3339 time")]
    [InlineData("""{"version":"1","alerts":[{"status":"firing","fingerprint":"a","startsAt":1795302010}]}""", "alerts[0].startsAt: must be an RFC 3339 time")]
    [InlineData("""{"version":"1","alerts":[{"status":"firing","fingerprint":"a","startsAt":"2026-11-21T23:00:10Z","labels":{"gpu":3}}]}""", "alerts[0].labels: must be an object of texts")]
    [InlineData("""{"version":"1","alerts":[{"status":"firing","fingerprint":"a","startsAt":"2026-11-21T23:00:10Z","labels":[]}]}""", "alerts[0].labels: must be an object of texts")]
    [InlineData("""{"version":"1","alerts":[{"status":"firing","fingerprint":"a","startsAt":"2026-11-21T23:00:10Z","annotations":"x"}]}""", "alerts[0].annotations: must be an object of texts")]
    [InlineData("""{"version":"1","alerts":[{"status":"firing","fingerprint":"a","startsAt":"2026-11-21T23:00:10Z","labels":{"a":"\ud800"}}]}""", "alerts[0].labels: ")]
    [InlineData("""{"version":"1","alerts":[GOOD]""", "not JSON")]
    [InlineData("""{"version":"1","alerts":[GOOD]} x""", "not JSON")]
    public async Task A_bad_notification_is_refused_whole_and_the_field_is_named(string body, string error)
    {
        var rig = new WebhookRig();
        var response = await rig.PostAsync(body.Replace("GOOD", Good));
        Assert.Equal(400, response.Status);
        Assert.Contains(error, WebhookRig.Error(response));
        Assert.Empty(rig.Repair.Reports);
    }

    [Theory]
    [InlineData("\"x\"", ": must be an object")]
    [InlineData("null", ": must be an object")]
    [InlineData("[{\"a\":[1]}]", ": must be an object")]
    [InlineData("{}", ".fingerprint: is missing")]
    [InlineData("""{"status":"firing","startsAt":"2026-11-21T23:00:10Z"}""", ".fingerprint: is missing")]
    [InlineData("""{"status":"pending","startsAt":"2026-11-21T23:00:10Z","fingerprint":"b"}""", ".status: must be \"firing\" or \"resolved\"")]
    [InlineData("""{"startsAt":"yesterday","status":"firing","fingerprint":"b","labels":{"a":"b"}}""", ".startsAt: must be an RFC 3339 time")]
    [InlineData("""{"fingerprint":7,"future":[{"a":[]}]}""", ".fingerprint: must be a text")]
    [InlineData("""{"labels":[{"a":{}}],"fingerprint":"b"}""", ".labels: must be an object of texts")]
    [InlineData("""{"labels":{"a":{"b":["c"]}},"fingerprint":"b"}""", ".labels: must be an object of texts")]
    [InlineData("""{"labels":{"a":"\ud800"},"fingerprint":"b"}""", ".labels: must be an object of texts")]
    [InlineData("""{"annotations":{"\ud800":"a"},"fingerprint":"b"}""", ".annotations: must be an object of texts")]
    public async Task A_bad_alert_does_not_lose_those_beside_it(string bad, string problem)
    {
        foreach (var (body, place) in new[] { ("BAD,GOOD,GOOD", 0), ("GOOD,BAD,GOOD", 1), ("GOOD,GOOD,BAD", 2) })
        {
            var rig = new WebhookRig();
            var alerts = body.Replace("BAD", bad).Replace("GOOD", Good);
            var answer = WebhookRig.Answer(await rig.PostAsync($$"""{"version":"1","alerts":[{{alerts}}],"truncatedAlerts":3}"""));
            Assert.Equal((2, 1), (answer.Accepted, answer.Refused));
            Assert.Equal([$"alerts[{place}]{problem}"], answer.Errors);
            var report = Assert.Single(rig.Repair.Reports);
            Assert.Equal(["a", "a"], report.Alerts.Select(alert => alert.Fingerprint));
            Assert.Equal(3, report.TruncatedAlerts);
            Assert.Contains(rig.Log.Lines, line => line.Message.Contains($"alerts[{place}]{problem}", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Of_many_bad_alerts_the_first_are_told()
    {
        var alerts = string.Join(',', Enumerable.Repeat("{}", 1_000).Append(Good));
        var answer = WebhookRig.Answer(await new WebhookRig().PostAsync($$"""{"version":"1","alerts":[{{alerts}}]}"""));
        Assert.Equal((1, 1_000, 10), (answer.Accepted, answer.Refused, answer.Errors!.Count));
    }

    [Fact]
    public async Task Bytes_that_are_no_utf8_are_refused()
    {
        var rig = new WebhookRig();
        var body = Encoding.UTF8.GetBytes("""{"version":"1","alerts":[{"status":"firing","fingerprint":"?","startsAt":"2026-11-21T23:00:10Z"}]}""");
        body[Array.IndexOf(body, (byte)'?')] = 0xff;
        var response = await rig.PostAsync(body);
        Assert.Equal(400, response.Status);
        Assert.StartsWith("alerts[0].fingerprint", WebhookRig.Error(response));
    }

    [Fact]
    public async Task Too_many_alerts_are_refused()
    {
        var rig = new WebhookRig();
        var alerts = string.Join(',', Enumerable.Repeat("{}", 10_001));
        var response = await rig.PostAsync($$"""{"version":"1","alerts":[{{alerts}}]}""");
        Assert.Equal("alerts: must be 1 to 10000, are 10001", WebhookRig.Error(response));
    }

    [Fact]
    public async Task A_body_over_the_limit_is_refused_by_the_handler_itself()
    {
        Assert.Equal(413, (await new WebhookRig().PostAsync(new byte[1024 * 1024 + 1])).Status);
    }

    [Theory]
    [InlineData("""{"version":"1","alerts":[GOOD],"future":{"a":[1,{"b":null}]},"notification_reason":"x"}""")]
    [InlineData("""{"version":"1","alerts":[{"status":"firing","startsAt":"2026-11-21T23:00:10.123456789+09:00","fingerprint":"a","labels":null,"annotations":null,"values":null,"enrichments":[[]]}]}""")]
    [InlineData("""{"version":"1","alerts":[{"status":"firing","startsAt":"2026-11-21T23:00:10Z","fingerprint":"a","labels":{"a":null},"values":{"A":"NaN","B":[1],"C":{"d":2},"E":1e999}}]}""")]
    [InlineData("""{"version":"1","alerts":[{"status":"firing","startsAt":"2026-11-21T23:00:10Z","fingerprint":"a","values":[1,2]}],"truncatedAlerts":null}""")]
    [InlineData("""{"version":"1","alerts":[GOOD],"truncatedAlerts":-1}""")]
    public async Task What_is_odd_but_harmless_is_accepted(string body)
    {
        var rig = new WebhookRig();
        Assert.Equal(1, WebhookRig.Answer(await rig.PostAsync(body.Replace("GOOD", Good))).Accepted);
        Assert.Equal(0, Assert.Single(rig.Repair.Reports).TruncatedAlerts);
    }
}
