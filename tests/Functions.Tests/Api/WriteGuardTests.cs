using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Pipeline.Functions.Api;
using Pipeline.Functions.GrafanaWebhook;

namespace Pipeline.Functions.Tests.Api;

public sealed class WriteGuardTests
{
    [Theory]
    [InlineData("POST", "/api/nodes/gpu-0001/return")]
    [InlineData("POST", "/sim/faults")]
    [InlineData("PUT", "/api/policy")]
    public async Task Whoever_changes_something_must_present_the_credential(string method, string path)
    {
        await using var host = await StartAsync(new GrafanaOptions { BearerToken = "token", BasicUser = "kim", BasicPassword = "secret", HmacSecret = "key" });
        var basic = Convert.ToBase64String(Encoding.UTF8.GetBytes("kim:secret"));
        foreach (var (scheme, credential, admitted) in new[] { ("", "", false), ("Bearer", "wrong", false), ("Bearer", "token", true), ("Basic", basic, true), ("Basic", "a2ltOg==", false) })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = new StringContent("[", null, "text/x") };
            if (scheme.Length > 0)
                request.Headers.Authorization = new AuthenticationHeaderValue(scheme, credential);
            using var response = await host.Client.SendAsync(request);
            Assert.Equal(!admitted, response.StatusCode == HttpStatusCode.Unauthorized);
            Assert.Equal(admitted ? [] : ["Bearer", "Basic"], response.Headers.WwwAuthenticate.Select(challenge => challenge.Scheme));
        }
    }

    [Theory]
    [InlineData("/api/nodes")]
    [InlineData("/api/policy")]
    [InlineData("/sim/kinds")]
    public async Task Whoever_only_reads_needs_none(string path)
    {
        await using var host = await StartAsync(new GrafanaOptions { BearerToken = "token" });
        Assert.Equal(HttpStatusCode.OK, (await host.GetAsync(path)).Status);
    }

    private static Task<ApiHost> StartAsync(GrafanaOptions options) => ApiHost.StartAsync(guard: new WriteGuard(options, TimeProvider.System));
}
