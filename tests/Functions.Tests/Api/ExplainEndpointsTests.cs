using System.Net;
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
}
