using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Pipeline.Contracts;
using Pipeline.Contracts.V1;
using Pipeline.Functions.Policy;

namespace Pipeline.Functions.Tests.Api;

public sealed class PolicyEndpointsTests
{
    private const string Small = "spread: { minNodes: 5 }";

    [Fact]
    public async Task A_policy_that_is_put_is_in_force_and_can_be_got_as_the_file_it_came_from()
    {
        await using var host = await ApiHost.StartAsync();
        Assert.Equal((HttpStatusCode.OK, """{"changed":true}"""), await PutAsync(host, Small));
        Assert.Equal((HttpStatusCode.OK, """{"changed":false}"""), await PutAsync(host, Small));
        var (_, yaml) = await host.GetAsync("/api/policy");

        Assert.Equal(5, host.Scheduler.Policy.SpreadMinNodes);
        Assert.Equal(host.Scheduler.Policy, PolicyLoader.Parse("got.yaml", yaml));
    }

    [Fact]
    public async Task Every_mistake_is_told_and_nothing_changes()
    {
        await using var host = await ApiHost.StartAsync();
        var (status, body) = await PutAsync(host, "spread: { minNodes: 99 }\ncolour: red");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        var problems = JsonDocument.Parse(body).RootElement.GetProperty("problems").EnumerateArray().Select(problem => problem.GetString()!).ToList();
        Assert.Equal("body:1: spread.minNodes: must be 1 to 16, is 99", problems[0]);
        Assert.StartsWith("body:2: colour: is unknown", problems[1]);
        Assert.Equal(PolicyLoader.Parse("empty.yaml", "{}"), host.Scheduler.Policy);
    }

    public static TheoryData<Exception> Refusals =>
    [
        RequestRefusedException.InvalidArgument("policy.projects", "there would be more than 65536 names"),
        // As a hotpath in another process refuses it.
        new ArgumentException("policy.projects: there would be more than 65536 names"),
    ];

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task What_the_engine_refuses_is_told_in_the_same_way(Exception refusal)
    {
        await using var host = await ApiHost.StartAsync();
        host.Scheduler.Refusal = refusal;
        var (status, body) = await PutAsync(host, Small);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("policy.projects: there would be more", body);
    }

    [Theory]
    [InlineData("application/yaml", HttpStatusCode.OK)]
    [InlineData("text/x-yaml; charset=utf-8", HttpStatusCode.OK)]
    [InlineData(null, HttpStatusCode.OK)]
    [InlineData("application/json", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/x-www-form-urlencoded", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("text/plain", HttpStatusCode.UnsupportedMediaType)]
    public async Task Only_yaml_is_taken(string? contentType, HttpStatusCode expected)
    {
        await using var host = await ApiHost.StartAsync();
        Assert.Equal(expected, (await PutAsync(host, Small, contentType)).Status);
    }

    [Fact]
    public async Task A_body_that_is_too_large_or_no_text_is_refused()
    {
        await using var host = await ApiHost.StartAsync();
        // It waits for leave to send the body, which never comes: else the connection would end under it.
        using var patient = new HttpClient(new SocketsHttpHandler { Expect100ContinueTimeout = TestLimits.Patience }) { BaseAddress = host.Client.BaseAddress };
        using var large = new HttpRequestMessage(HttpMethod.Put, "/api/policy") { Content = new ByteArrayContent(new byte[5 << 20]) };
        large.Headers.ExpectContinue = true;
        using var tooLarge = await patient.SendAsync(large);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, tooLarge.StatusCode);
        using var bytes = new ByteArrayContent([0x73, 0xFF, 0xFE]);
        using var response = await host.Client.PutAsync("/api/policy", bytes);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task Who_asks_for_json_gets_the_message()
    {
        await using var host = await ApiHost.StartAsync();
        host.Scheduler.Policy = new SchedulingPolicy { SpreadMinNodes = 7 };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/policy") { Headers = { Accept = { new MediaTypeWithQualityHeaderValue("application/json") } } };
        using var response = await host.Client.SendAsync(request);

        Assert.Equal(7, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("spreadMinNodes").GetInt32());
    }

    private static async Task<(HttpStatusCode Status, string Body)> PutAsync(ApiHost host, string yaml, string? contentType = "application/yaml")
    {
        using var content = new StringContent(yaml);
        content.Headers.ContentType = contentType is null ? null : MediaTypeHeaderValue.Parse(contentType);
        using var response = await host.Client.PutAsync("/api/policy", content);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
