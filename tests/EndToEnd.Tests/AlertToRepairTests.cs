using System.Text.Json;
using Pipeline.TestDoubles.Jira;
using Pipeline.TestDoubles.Slack;

namespace Pipeline.EndToEnd.Tests;

/// <summary>The whole way, with a real Alertmanager at its beginning and doubles of Slack and Jira at its end.</summary>
public class AlertToRepairTests
{
    private const string Token = "webhook-token-of-the-test";
    private static readonly TimeSpan RepairBound = TimeSpan.FromMinutes(2);

    [PeerFact("prometheus-alertmanager")]
    public async Task An_alert_of_a_real_Alertmanager_ends_in_a_healthy_node_one_thread_and_one_closed_issue()
    {
        await using var slack = await SlackDouble.StartAsync();
        await using var jira = await JiraDouble.StartAsync();
        using var product = new Product(new Dictionary<string, string>
        {
            ["Grafana:BearerToken"] = Token,
            ["Slack:ApiBaseUrl"] = slack.ApiBaseUrl,
            ["Slack:BotToken"] = slack.Token,
            ["Slack:Channel"] = SlackDouble.ChannelName,
            ["Jira:BaseUrl"] = jira.BaseUrl,
            ["Jira:User"] = JiraDouble.User,
            ["Jira:ApiToken"] = jira.ApiToken,
            ["Jira:ProjectKey"] = JiraDouble.ProjectKey,
        });
        await product.StartAsync();
        await BreakAsync(product, "gpu-0012", "xid79", gpu: 3);

        using var alertmanager = new Alertmanager(new Uri(product.Address, "/api/grafana"), Token);
        await alertmanager.WaitReadyAsync();
        await alertmanager.PostAlertAsync(
            new Dictionary<string, string> { ["alertname"] = "GpuXidCritical", ["node"] = "gpu-0012", ["gpu"] = "3", ["xid"] = "79" }, DateTimeOffset.UtcNow);

        var run = await product.EndedRunOfAsync("gpu-0012", RepairBound);
        Assert.Equal("Healthy", run.GetProperty("state").GetString());
        var steps = Steps(run);
        Assert.Contains("reboot", steps);
        Assert.DoesNotContain("gpuReset", steps);
        AssertInOrder(States(run), "Observed", "Quarantined", "Draining", "Acting", "Verifying", "Soaking", "Healthy");

        await Eventually.TrueAsync("the end of the story", RepairBound, () => Task.FromResult(jira.Issues.Any(issue => issue.Status == "Done")), () => product.Output);
        var issue = Assert.Single(jira.Issues);
        Assert.Contains($"inc-{run.GetProperty("id").GetString()}", issue.Labels);
        await Eventually.TrueAsync("the end of the thread", RepairBound, () => Task.FromResult(slack.Replies(slack.Parents[0].Ts).Count > 0 && slack.Parents[0].Edits > 0), () => product.Output);
        Assert.Single(slack.Parents);
        var node = await product.GetAsync("/api/nodes/gpu-0012");
        Assert.Equal("Healthy", node.GetProperty("health").GetString());
    }

    [Fact]
    public async Task A_dead_GPU_ends_with_a_person_and_the_node_stays_out_of_scheduling()
    {
        using var product = new Product();
        await product.StartAsync();
        await BreakAsync(product, "gpu-0005", "deadGpu", gpu: 1, alert: true);

        var run = await product.EndedRunOfAsync("gpu-0005", RepairBound);
        await Eventually.TrueAsync("NeedsHardware", RepairBound, async () =>
            (run = await product.EndedRunOfAsync("gpu-0005", RepairBound)).GetProperty("state").GetString() == "NeedsHardware");
        AssertInOrder(States(run), "Acting", "Verifying", "Escalated", "NeedsHardware");
        Assert.Equal("Quarantined", (await product.GetAsync("/api/nodes/gpu-0005")).GetProperty("health").GetString());
    }

    internal static async Task BreakAsync(Product product, string node, string kind, int gpu, bool alert = false)
    {
        using var response = await product.PostAsync("/sim/faults", JsonSerializer.Serialize(new { node, kind, gpu, alert }));
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    internal static List<string> States(JsonElement run) => [.. Timeline(run, "state")];

    internal static List<string> Steps(JsonElement run) => [.. Timeline(run, "step")];

    private static IEnumerable<string> Timeline(JsonElement run, string property)
        => run.GetProperty("timeline").EnumerateArray().Select(entry => entry.GetProperty(property).GetString()!);

    private static void AssertInOrder(List<string> actual, params string[] expected)
    {
        var next = 0;
        foreach (var state in actual)
        {
            if (next < expected.Length && state == expected[next])
                next++;
        }

        Assert.True(next == expected.Length, $"Expected {string.Join(" → ", expected)} in {string.Join(" → ", actual)}.");
    }
}
