using System.Net;
using Pipeline.Contracts;
using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Tests.Api;

public sealed class ExplainEndpointsTests
{
    [Fact]
    public async Task An_explanation_has_exactly_the_documented_shape()
    {
        await using var host = await ApiHost.StartAsync();
        var explanation = new Explanation { State = "pending", Position = 3, EarliestStartMs = 1_700_000_000_250 };
        explanation.Reasons.Add(new ReasonCount { Code = "TOO_FEW_GPUS", Nodes = 12, Detail = "too few free GPUs" });
        explanation.Remedies.Add(new Remedy { Code = "FEWER_GPUS", Amount = 4, Detail = "ask for 4 GPUs" });
        host.Scheduler.Explanations["team-a/train"] = explanation;

        var (status, body) = await host.GetAsync("/api/explain/team-a/train");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(
            """{"state":"pending","position":3,"earliestStart":"2023-11-14T22:13:20.250Z","earliestStartReason":"","reasons":""" +
            """[{"code":"TOO_FEW_GPUS","nodes":12,"detail":"too few free GPUs"}],"remedies":""" +
            """[{"code":"FEWER_GPUS","amount":4,"subject":"","detail":"ask for 4 GPUs"}],"seats":[],"because":[]}""",
            body);
    }

    [Fact]
    public async Task What_nobody_knows_is_not_found_and_the_name_is_given()
    {
        await using var host = await ApiHost.StartAsync();
        var (status, body) = await host.GetAsync("/api/explain/team-a/gone");
        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Contains("team-a/gone", body);
    }

    [Theory]
    [InlineData(RefusalReason.InvalidArgument, HttpStatusCode.BadRequest)]
    [InlineData(RefusalReason.OutOfRange, HttpStatusCode.BadRequest)]
    [InlineData(RefusalReason.PermissionDenied, HttpStatusCode.Forbidden)]
    [InlineData(RefusalReason.Unauthenticated, HttpStatusCode.Forbidden)]
    [InlineData(RefusalReason.AlreadyExists, HttpStatusCode.Conflict)]
    [InlineData(RefusalReason.FailedPrecondition, HttpStatusCode.Conflict)]
    [InlineData(RefusalReason.Aborted, HttpStatusCode.Conflict)]
    public async Task What_the_engine_refuses_is_told_with_its_reason(RefusalReason reason, HttpStatusCode expected)
    {
        await using var host = await ApiHost.StartAsync();
        host.Scheduler.Refusal = new RequestRefusedException(reason, "name", "is not to be had");
        var (status, body) = await host.GetAsync("/api/explain/team-a/train");
        Assert.Equal(expected, status);
        Assert.Equal("""{"error":"name: is not to be had"}""", body);
    }

    [Fact]
    public async Task What_an_engine_of_another_process_finds_invalid_is_a_bad_request()
    {
        await using var host = await ApiHost.StartAsync();
        host.Scheduler.Refusal = new InvalidRequestException("name: is not to be had");
        var (status, body) = await host.GetAsync("/api/explain/team-a/train");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("""{"error":"name: is not to be had"}""", body);
    }

    [Fact]
    public async Task An_engine_that_is_busy_is_asked_again_later()
    {
        await using var host = await ApiHost.StartAsync();
        host.Scheduler.Refusal = new HotpathUnavailableException("16 calls wait for an explanation.", TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await host.GetAsync("/api/explain/team-a/train")).Status);
    }
}
