using System.Text.Json;
using Xunit.Abstractions;

namespace Pipeline.EndToEnd.Tests;

/// <summary>kill -9 at seeded random moments between the first byte of the alert and the end of the repair.</summary>
public class KillTests(ITestOutputHelper output)
{
    private const int Rounds = 50;
    private static readonly TimeSpan RepairBound = TimeSpan.FromMinutes(2);

    // Longer than a repair at the test's speed, so that some kills come after the end as well.
    private static readonly TimeSpan LatestKill = TimeSpan.FromSeconds(3);

    // An alert is answered within it, and of kills at any time hardly one would come before its answer.
    private static readonly TimeSpan EarlyKill = TimeSpan.FromMilliseconds(20);
    private const double EarlyShare = 0.1;

    // Steps whose executor says that they may not be done again when nobody knows what became of them.
    private static readonly string[] NotRepeatable = ["Reboot", "PowerCycle"];

    [Fact]
    public async Task No_kill_loses_an_accepted_alert_or_repeats_what_must_not_be_repeated()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("PIPELINE_SEED"), out var given) ? given : Random.Shared.Next();
        output.WriteLine($"PIPELINE_SEED={seed}");
        var random = new Random(seed);
        using var product = new Product();
        await product.StartAsync();
        for (var round = 1; round <= Rounds; round++)
        {
            var node = $"gpu-{round:D4}";
            await AlertToRepairTests.BreakAsync(product, node, "xid79", gpu: random.Next(8));
            var killAt = (random.NextDouble() < EarlyShare ? EarlyKill : LatestKill) * random.NextDouble();

            var accepted = SendAsync(product, node, round);
            await KillAfterAsync(product, killAt);
            var wasAccepted = await accepted;

            await product.StartAsync();
            if (!wasAccepted)
                Assert.True(await SendAsync(product, node, round), $"round {round}: the alert was not accepted after the restart");
            var run = await product.EndedRunOfAsync(node, RepairBound);
            Assert.True(run.GetProperty("state").GetString() == "Healthy", $"round {round}, killed after {killAt}: {run}");
            await AssertActedOnceAsync(product, node, run, round);
            await product.WaitUntilReturnedAsync(node);
        }
    }

    private static async Task KillAfterAsync(Product product, TimeSpan delay)
    {
        using var timer = new PeriodicTimer(delay + TimeSpan.FromMilliseconds(1));
        await timer.WaitForNextTickAsync();
        product.Kill();
    }

    /// <returns>The product said 202.</returns>
    private static async Task<bool> SendAsync(Product product, string node, int round)
    {
        try
        {
            using var response = await product.PostAsync("/api/grafana", Notifications.OfXid79(node, $"{round:x16}"));
            return (int)response.StatusCode == 202;
        }
        catch (HttpRequestException)
        {
            return false;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>What really happened to the node, as the node itself tells.</summary>
    private static async Task AssertActedOnceAsync(Product product, string node, JsonElement run, int round)
    {
        var actions = (await product.GetAsync($"/sim/actions?node={node}")).GetProperty("actions").EnumerateArray()
            .Where(action => NotRepeatable.Contains(action.GetProperty("kind").GetString()))
            .Select(action => action.GetProperty("key").GetString())
            .ToList();
        Assert.True(actions.Count == actions.Distinct().Count(), $"round {round}: an attempt acted twice: {string.Join(", ", actions)}\n{run}");
        Assert.True(actions.Count == 1, $"round {round}: {actions.Count} reboots or power cycles where one mends the node: {string.Join(", ", actions)}\n{run}");
    }
}
