using System.Net;
using System.Text.Json;

namespace Pipeline.EndToEnd.Tests;

/// <summary>The policy file decides from the start on what runs, and another one at run time.</summary>
public sealed class SchedulingPolicyTests
{
    private const string Rich = "{ quotas: { '*': { onDemand: unlimited } } }";
    private const string Poor = "{ quotas: { '*': { spot: 0 } } }";

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_quota_keeps_workloads_pending_until_another_policy_lets_them_run()
    {
        var file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.yaml");
        await File.WriteAllTextAsync(file, PolicyOf(Poor));
        try
        {
            using var product = new Product(new Dictionary<string, string> { ["Scheduling:PolicyFile"] = file });
            await product.StartAsync();
            await Eventually.TrueAsync("the placement of all but team-a's", Bound, async () => (await TeamsAsync(product)).Count == 5, () => product.Output);
            Assert.DoesNotContain("team-a", (await TeamsAsync(product)).Keys);

            using (var wrong = await PutAsync(product, PolicyOf("{ quotas: { '*': { onDemand: lots } } }")))
            {
                Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
                Assert.Contains("team-a.quotas.*.onDemand: must be a number of GPUs", await wrong.Content.ReadAsStringAsync());
            }

            using (var right = await PutAsync(product, PolicyOf(Rich)))
                Assert.Equal("""{"changed":true}""", await right.Content.ReadAsStringAsync());
            await Eventually.TrueAsync("the placement of team-a's", Bound, async () => (await TeamsAsync(product)).ContainsKey("team-a"), () => product.Output);
            Assert.Contains("onDemand: unlimited", await PolicyAsync(product));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_policy_that_is_put_stays_when_the_hotpath_is_another_process_and_dies()
    {
        var file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.yaml");
        await File.WriteAllTextAsync(file, "spread: { minNodes: 5 }");
        try
        {
            using var product = new Product(new Dictionary<string, string> { ["Scheduling:PolicyFile"] = file }) { Split = true };
            await product.StartAsync();
            Assert.Contains("minNodes: 5", await PolicyAsync(product));
            using (var put = await PutAsync(product, "spread: { minNodes: 7 }"))
                Assert.Equal("""{"changed":true}""", await put.Content.ReadAsStringAsync());

            product.KillHotpath();
            using (var ready = await product.Http.GetAsync(new Uri(product.Address, "/readyz")))
                Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
            product.LaunchHotpath();
            await Eventually.TrueAsync("the functions joined again", Bound, product.IsReadyAsync, () => product.Output);
            Assert.Contains("minNodes: 7", await PolicyAsync(product));

            product.Kill();
            await product.StartAsync();
            Assert.Contains("minNodes: 5", await PolicyAsync(product));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public Task A_policy_file_with_mistakes_stops_the_start_and_says_where()
        => StopsTheStartAsync("spread: { minNodes: 0 }\n", ":1: spread.minNodes: must be 1 to 16, is 0");

    [Fact]
    public Task A_policy_file_that_the_engine_refuses_stops_the_start_too()
        => StopsTheStartAsync(
            $"priority: {{ table: [{string.Join(", ", Enumerable.Repeat("{ points: 1 }", 257))}] }}\n", "policy.priority.table: 257 rows are more than 256");

    private static async Task StopsTheStartAsync(string policy, string expected)
    {
        var file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.yaml");
        await File.WriteAllTextAsync(file, policy);
        try
        {
            using var product = new Product(new Dictionary<string, string> { ["Scheduling:PolicyFile"] = file });
            product.Launch();
            Assert.True(await product.EndsAsync(Bound) == 1, product.Output);
            Assert.Contains("Pipeline did not start. ", product.Output);
            Assert.Contains(expected, product.Output);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string PolicyOf(string teamA)
    {
        var others = string.Join("\n", "bcdef".Select(letter => $"      team-{letter}: {Rich}"));
        return $"workspaces:\n  lab:\n    projects:\n      team-a: {teamA}\n{others}\n";
    }

    private static Task<HttpResponseMessage> PutAsync(Product product, string yaml)
    {
        var content = new StringContent(yaml);
        content.Headers.ContentType = new("application/yaml");
        return product.Http.PutAsync(new Uri(product.Address, "/api/policy"), content);
    }

    private static Task<string> PolicyAsync(Product product) => product.Http.GetStringAsync(new Uri(product.Address, "/api/policy"));

    /// <summary>Workloads with a place, by team.</summary>
    private static async Task<Dictionary<string, int>> TeamsAsync(Product product)
    {
        var teams = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var workload in (await product.GetAsync("/api/workloads?limit=500")).GetProperty("workloads").EnumerateArray())
        {
            var team = workload.GetProperty("name").GetString()!.Split('/')[0];
            teams[team] = teams.GetValueOrDefault(team) + 1;
        }

        return teams;
    }
}
