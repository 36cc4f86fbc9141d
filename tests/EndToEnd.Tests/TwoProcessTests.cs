using System.Net;

namespace Pipeline.EndToEnd.Tests;

/// <summary>The functions and the hotpath in a process each, and either of them killed in the middle of repairs.</summary>
public class TwoProcessTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(2);

    // Slow enough that each kill comes while the node is being repaired, and not after.
    private static readonly Dictionary<string, string> Slow = new() { ["Simulation:Speed"] = "100" };

    [Fact]
    public async Task An_alert_is_repaired_across_two_processes_whichever_of_them_dies()
    {
        using var product = new Product(Slow) { Split = true };
        await product.StartAsync();

        // 1. Nobody dies.
        await AlertToRepairTests.BreakAsync(product, "gpu-0001", "xid79", gpu: 3);
        Assert.Equal(HttpStatusCode.Accepted, await AlertAsync(product, "gpu-0001"));
        await AssertHealedAsync(product, "gpu-0001");

        // 2. The hotpath dies while it acts. The functions say so, refuse alerts with a time to come back, and go on when it is there again.
        await AlertToRepairTests.BreakAsync(product, "gpu-0002", "xid79", gpu: 0);
        Assert.Equal(HttpStatusCode.Accepted, await AlertAsync(product, "gpu-0002"));
        await ActingAsync(product, "gpu-0002");
        product.KillHotpath();
        using (var ready = await product.Http.GetAsync(new Uri(product.Address, "/readyz")))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
            Assert.Contains("does not answer", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        using (var refused = await product.PostAsync("/api/grafana", Notifications.OfXid79("gpu-0003", "0003")))
            Assert.True(refused is { StatusCode: HttpStatusCode.ServiceUnavailable, Headers.RetryAfter: not null });
        using (var runs = await product.Http.GetAsync(new Uri(product.Address, "/api/runs")))
            Assert.Equal(HttpStatusCode.ServiceUnavailable, runs.StatusCode);

        product.LaunchHotpath();
        await Eventually.TrueAsync("the functions joined again", Bound, product.IsReadyAsync, () => product.Output);
        await AssertHealedAsync(product, "gpu-0002");

        // 3. The functions die while a node is drained or rebooted. What they would have done next is done by those that come after.
        await AlertToRepairTests.BreakAsync(product, "gpu-0003", "xid79", gpu: 7);
        Assert.Equal(HttpStatusCode.Accepted, await AlertAsync(product, "gpu-0003"));
        await ActingAsync(product, "gpu-0003");
        product.Kill();
        await product.StartAsync();
        await AssertHealedAsync(product, "gpu-0003");
    }

    [Fact]
    public async Task The_functions_may_start_first()
    {
        using var product = new Product(Slow) { Split = true };
        product.Launch();
        await Eventually.TrueAsync("an answer", Bound, async () => await ReadyTextAsync(product) is { } text && text.Contains("does not answer", StringComparison.Ordinal), () => product.Output);
        product.LaunchHotpath();
        await Eventually.TrueAsync("readiness", Bound, product.IsReadyAsync, () => product.Output);

        await AlertToRepairTests.BreakAsync(product, "gpu-0001", "xid79", gpu: 3);
        Assert.Equal(HttpStatusCode.Accepted, await AlertAsync(product, "gpu-0001"));
        await AssertHealedAsync(product, "gpu-0001");
    }

    [Theory]
    [InlineData("--grpc-port", "5051")]
    [InlineData("--nodes", "64")]
    [InlineData("--accept-loss", null)]
    public async Task What_is_for_the_other_process_is_refused_by_name(string option, string? value)
    {
        using var product = new Product { Split = true };
        product.Launch(value is null ? [option] : [option, value]);
        Assert.Equal(2, await product.Process.WaitForExitAsync(Bound));
        Assert.Contains(option, product.Output, StringComparison.Ordinal);
    }

    private static async Task AssertHealedAsync(Product product, string node)
    {
        var run = await product.EndedRunOfAsync(node, Bound);
        Assert.True(run.GetProperty("state").GetString() == "Healthy", $"{run}\n{product.Output}");
        await product.WaitUntilReturnedAsync(node);
        var actions = (await product.GetAsync($"/sim/actions?node={node}")).GetProperty("actions").EnumerateArray().Select(action => action.GetProperty("kind").GetString());
        Assert.Equal(["Reboot"], actions);
    }

    /// <summary>Waits until the run has begun to do something to the node.</summary>
    private static Task ActingAsync(Product product, string node) => Eventually.TrueAsync($"an action on {node}", Bound, async () =>
    {
        var runs = await product.GetAsync("/api/runs");
        return runs.GetProperty("runs").EnumerateArray().Any(run =>
            run.GetProperty("node").GetString() == node && run.GetProperty("state").GetString() is "Draining" or "Acting");
    }, () => product.Output);

    private static async Task<HttpStatusCode> AlertAsync(Product product, string node)
    {
        using var response = await product.PostAsync("/api/grafana", Notifications.OfXid79(node, node[^4..]));
        return response.StatusCode;
    }

    private static async Task<string?> ReadyTextAsync(Product product)
    {
        try
        {
            return await (await product.Http.GetAsync(new Uri(product.Address, "/readyz"))).Content.ReadAsStringAsync();
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }
}
