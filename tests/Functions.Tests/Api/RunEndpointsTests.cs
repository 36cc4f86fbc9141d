using System.Net;
using System.Text.Json;
using Pipeline.Contracts;
using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Tests.Api;

public sealed class RunEndpointsTests
{
    [Fact]
    public async Task A_run_has_exactly_the_documented_shape()
    {
        await using var host = await ApiHost.StartAsync();
        var run = FakeRepair.Run("r1", "gpu-0001", RunState.Acting);
        run.Step = StepKind.DriverReset;
        run.Attempt = 2;
        run.Begun = true;
        run.GpuMask = 0b1001;
        run.Summary = "XID 79";
        run.Fingerprints.Add("f1");
        run.Timeline.Add(new TimelineEntry { At = 1_700_000_000_250, State = RunState.Quarantined, Reason = "FaultAccepted", Actor = "grafana" });
        run.Timeline.Add(new TimelineEntry { At = 1_700_000_001_000, State = RunState.Acting, Step = StepKind.DriverReset, Reason = "StepBegun", Detail = "d", Attempt = 2 });
        run.Tellings.Add(new Telling { Sender = "slack", Reference = "17.1", Told = 1 });
        host.Repair.Put(run);

        var (status, body) = await host.GetAsync("/api/runs/r1");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(
            """{"id":"r1","node":"gpu-0001","state":"Acting","faultClass":"gpu-off-bus","step":"driverReset","attempt":2,"begun":true,"gpus":[0,3]""" +
            ""","openedAt":"2023-11-14T22:13:20.000Z","endedAt":null,"startsAt":"2023-11-14T22:13:19.000Z","ended":false,"summary":"XID 79","timeline":[{"at":"2023-11-14T22:13:20.250Z","state":"Quarantined","step":null,"reason":"FaultAccepted","actor":"grafana","detail":"","attempt":0},""" +
            """{"at":"2023-11-14T22:13:21.000Z","state":"Acting","step":"driverReset","reason":"StepBegun","actor":"","detail":"d","attempt":2}]""" +
            ""","tellings":[{"sender":"slack","reference":"17.1","told":1}],"fingerprints":["f1"]}""",
            body);
    }

    [Theory]
    [InlineData(RunState.Observed, "Observed")]
    [InlineData(RunState.Held, "Held")]
    [InlineData(RunState.Quarantined, "Quarantined")]
    [InlineData(RunState.Draining, "Draining")]
    [InlineData(RunState.Acting, "Acting")]
    [InlineData(RunState.Verifying, "Verifying")]
    [InlineData(RunState.Soaking, "Soaking")]
    [InlineData(RunState.Healthy, "Healthy")]
    [InlineData(RunState.Escalated, "Escalated")]
    [InlineData(RunState.NeedsHardware, "NeedsHardware")]
    public async Task Every_state_keeps_its_name(RunState state, string name)
    {
        await using var host = await ApiHost.StartAsync();
        host.Repair.Put(FakeRepair.Run("r1", "gpu-0001", state));
        var run = JsonDocument.Parse((await host.GetAsync("/api/runs/r1")).Body).RootElement;
        Assert.Equal(name, run.GetProperty("state").GetString());
    }

    [Theory]
    [InlineData(StepKind.Drain, "drain")]
    [InlineData(StepKind.DriverReset, "driverReset")]
    [InlineData(StepKind.GpuReset, "gpuReset")]
    [InlineData(StepKind.Reboot, "reboot")]
    [InlineData(StepKind.PowerCycle, "powerCycle")]
    [InlineData(StepKind.HealthCheck, "healthCheck")]
    [InlineData(StepKind.Soak, "soak")]
    [InlineData(StepKind.Escalate, "escalate")]
    [InlineData(StepKind.Unspecified, null)]
    public async Task Every_step_keeps_its_name(StepKind step, string? name)
    {
        await using var host = await ApiHost.StartAsync();
        var put = FakeRepair.Run("r1", "gpu-0001", RunState.Acting);
        put.Step = step;
        host.Repair.Put(put);
        var run = JsonDocument.Parse((await host.GetAsync("/api/runs/r1")).Body).RootElement;
        Assert.Equal(name, run.GetProperty("step").GetString());
    }

    [Fact]
    public async Task Pages_follow_each_other_by_their_token_and_the_last_has_none()
    {
        await using var host = await ApiHost.StartAsync();
        for (var i = 1; i <= 5; i++)
            host.Repair.Put(FakeRepair.Run($"r{i}", "gpu-0001", RunState.Healthy, ended: true));

        var seen = new List<string>();
        string? token = null;
        do
        {
            var (_, body) = await host.GetAsync("/api/runs?limit=2" + (token is null ? "" : $"&continue={token}"));
            var page = JsonDocument.Parse(body).RootElement;
            seen.AddRange(page.GetProperty("runs").EnumerateArray().Select(run => run.GetProperty("id").GetString()!));
            token = page.GetProperty("continue").GetString();
        }
        while (token is not null);

        Assert.Equal(["r5", "r4", "r3", "r2", "r1"], seen);
    }

    [Fact]
    public async Task Fifty_runs_are_listed_when_no_limit_is_given()
    {
        await using var host = await ApiHost.StartAsync();
        for (var i = 0; i < 60; i++)
            host.Repair.Put(FakeRepair.Run($"r{i}", "gpu-0001", RunState.Healthy, ended: true));
        var page = JsonDocument.Parse((await host.GetAsync("/api/runs")).Body).RootElement;
        Assert.Equal(50, page.GetProperty("runs").GetArrayLength());
    }

    [Fact]
    public async Task Only_live_runs_are_listed_on_request()
    {
        await using var host = await ApiHost.StartAsync();
        host.Repair.Put(FakeRepair.Run("old", "gpu-0001", RunState.Healthy, ended: true)).Put(FakeRepair.Run("new", "gpu-0001", RunState.Held));
        var page = JsonDocument.Parse((await host.GetAsync("/api/runs?live=true")).Body).RootElement;
        Assert.Equal(["new"], page.GetProperty("runs").EnumerateArray().Select(run => run.GetProperty("id").GetString()));
    }

    [Theory]
    [InlineData("limit=0", "limit: must be a whole number from 1 to 500")]
    [InlineData("limit=501", "limit: must be a whole number from 1 to 500")]
    [InlineData("limit=-1", "limit: must be a whole number from 1 to 500")]
    [InlineData("limit=ten", "limit: must be a whole number from 1 to 500")]
    [InlineData("continue=nonsense", "continue: is not a token that this list gave")]
    [InlineData("live=maybe", "live: must be true or false")]
    public async Task A_bad_parameter_is_named(string query, string error)
    {
        await using var host = await ApiHost.StartAsync();
        var (status, body) = await host.GetAsync("/api/runs?" + query);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal($$"""{"error":"{{error}}"}""", body);
    }

    [Fact]
    public async Task A_token_that_is_too_long_is_refused_before_the_engine_sees_it()
    {
        await using var host = await ApiHost.StartAsync();
        var (status, body) = await host.GetAsync("/api/runs?continue=" + new string('1', 300));
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith("""{"error":"continue:""", body);
    }

    [Fact]
    public async Task An_unknown_run_is_404_with_a_reason()
    {
        await using var host = await ApiHost.StartAsync();
        var (status, body) = await host.GetAsync("/api/runs/r9");
        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Equal("no run 'r9'", JsonDocument.Parse(body).RootElement.GetProperty("error").GetString()!["id: ".Length..]);
    }

    [Fact]
    public async Task A_busy_engine_is_503_with_a_time_to_come_back()
    {
        await using var host = await ApiHost.StartAsync();
        host.Repair.Failure = new HotpathUnavailableException("The queue is full", TimeSpan.FromSeconds(2.5));
        using var response = await host.Client.GetAsync("/api/runs");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(3), response.Headers.RetryAfter!.Delta);
        Assert.Equal("""{"error":"The queue is full"}""", await response.Content.ReadAsStringAsync());
    }
}
