using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Pipeline.Contracts;
using Pipeline.Contracts.V1;
using Pipeline.Functions.GrafanaWebhook;
using Pipeline.Functions.Tests.GrafanaWebhook.Support;

namespace Pipeline.Functions.Tests.GrafanaWebhook;

public sealed class WebhookMetricsTests : IDisposable
{
    private readonly WebhookRig _rig = new(new() { BearerToken = "t" });
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, double> _sums = [];

    public WebhookMetricsTests()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, _rig.Meters))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument.Name, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Add(instrument.Name, 1, tags));
        _listener.Start();
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task Calls_are_counted_and_timed_by_outcome()
    {
        await RunAsync(Fixture.Bytes(Fixture.GrafanaFiring));
        await RunAsync("x"u8.ToArray());
        await RunAsync("x"u8.ToArray(), authorization: "Bearer wrong");
        await RunAsync("x"u8.ToArray(), authorization: null);
        await RunAsync([], method: "DELETE");
        await RunAsync([], contentType: "text/plain");
        await RunAsync(new byte[2 * 1024 * 1024]);
        _rig.Repair.Answer = _ => throw new HotpathUnavailableException("full", TimeSpan.Zero);
        await RunAsync(Fixture.Bytes(Fixture.GrafanaFiring));
        _rig.Repair.Answer = _ => throw new InvalidOperationException("defect");
        await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(Fixture.Bytes(Fixture.GrafanaFiring)));

        foreach (var instrument in new[] { "pipeline.webhook.requests", "pipeline.webhook.duration" })
        {
            Assert.Equal(1, _sums[$"{instrument} code=accepted"]);
            Assert.Equal(1, _sums[$"{instrument} code=bad_request"]);
            Assert.Equal(2, _sums[$"{instrument} code=unauthorized"]);
            Assert.Equal(1, _sums[$"{instrument} code=method_not_allowed"]);
            Assert.Equal(1, _sums[$"{instrument} code=unsupported_media_type"]);
            Assert.Equal(1, _sums[$"{instrument} code=too_large"]);
            Assert.Equal(1, _sums[$"{instrument} code=unavailable"]);
            Assert.Equal(1, _sums[$"{instrument} code=failed"]);
        }

        Assert.Equal(1, _sums["pipeline.webhook.auth_failures reason=bad_credentials"]);
        Assert.Equal(1, _sums["pipeline.webhook.auth_failures reason=missing"]);
    }

    [Fact]
    public async Task Alerts_are_counted_by_what_became_of_them()
    {
        _rig.Repair.Answer = _ => Task.FromResult(new ReportAlertsReply
        {
            Outcomes = { AlertOutcome.Accepted, AlertOutcome.Duplicate, AlertOutcome.Ignored, AlertOutcome.UnknownNode, AlertOutcome.Accepted },
        });
        var alerts = Enumerable.Range(0, 5).Select(_ => Notification.Alert("A")).ToArray();
        var body = Notification.Of(alerts).Replace("\"version\"", "\"truncatedAlerts\":4,\"version\"");
        await RunAsync(System.Text.Encoding.UTF8.GetBytes(body));
        Assert.Equal(2, _sums["pipeline.webhook.alerts outcome=accepted"]);
        Assert.Equal(1, _sums["pipeline.webhook.alerts outcome=duplicate"]);
        Assert.Equal(1, _sums["pipeline.webhook.alerts outcome=ignored"]);
        Assert.Equal(1, _sums["pipeline.webhook.alerts outcome=unknown_node"]);
        Assert.Equal(4, _sums["pipeline.webhook.truncated_alerts"]);
    }

    [Fact]
    public async Task Alerts_that_were_left_out_or_cut_are_counted()
    {
        var body = Notification.Of(Notification.Alert("A"), Notification.Alert("B", ("log", new string('x', 10_000))), []);
        await RunAsync(System.Text.Encoding.UTF8.GetBytes(body));
        Assert.Equal(2, _sums["pipeline.webhook.alerts outcome=accepted"]);
        Assert.Equal(1, _sums["pipeline.webhook.alerts outcome=refused"]);
        Assert.Equal(1, _sums["pipeline.webhook.shortened_alerts"]);
    }

    private Task<WebhookResponse> RunAsync(
        byte[] body, string method = "POST", string contentType = "application/json", string? authorization = "Bearer t")
    {
        var context = new Microsoft.AspNetCore.Http.DefaultHttpContext();
        context.Request.Method = method;
        context.Request.ContentType = contentType;
        context.Request.Body = new MemoryStream(body);
        if (authorization is not null)
            context.Request.Headers.Authorization = authorization;
        return _rig.Handler.RunAsync(context.Request);
    }

    private void Add(string instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var key = instrument;
        foreach (var (name, tag) in tags)
            key += $" {name}={tag}";
        _sums.AddOrUpdate(key, value, (_, sum) => sum + value);
    }
}
