using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Contracts;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Kubernetes;
using Pipeline.Hotpath.Cluster.Kubernetes.Actions;
using Pipeline.Hotpath.Cluster.Kubernetes.Calls;
using Pipeline.Hotpath.Cluster.Kubernetes.Repairs;
using Pipeline.Kubernetes;
using Pipeline.Kubernetes.Access;
using Pipeline.Kubernetes.Client;

namespace Pipeline.Hotpath.Tests.Cluster.Kubernetes;

/// <summary>Callers of a port hear the exception of its contract, whatever is behind it.</summary>
public sealed class PortTests
{
    [Fact]
    public async Task What_the_server_says_and_when_to_come_back_are_passed_on()
    {
        var refusal = new KubernetesException(403, "Forbidden", "no", retryAfter: TimeSpan.FromSeconds(7));

        var said = await Assert.ThrowsAsync<HotpathUnavailableException>(() => Port.AskAsync(() => Task.FromException(refusal)));

        Assert.Equal(("no", TimeSpan.FromSeconds(7)), (said.Message, said.RetryAfter));
        Assert.Same(refusal, said.InnerException);
    }

    [Fact]
    public async Task A_server_that_is_away_is_the_same_to_every_port()
    {
        // The port for discarding (RFC 863), on which nobody listens here.
        using var client = new KubernetesClient(new ClusterAccess { Server = new Uri("http://127.0.0.1:9") }, new KubernetesClientOptions { Retries = 0 }, TimeProvider.System);
        var options = new KubernetesOptions();
        options.Actions["Reboot"] = new ActionOptions { Image = "repair:1", Command = ["act"] };
        var actions = new KubernetesNodeActions(client, options, TimeProvider.System);
        using var records = new NodeRepairs(client, options, TimeProvider.System, NullLogger<NodeRepairs>.Instance);

        await AssertAwayAsync(() => actions.StartAsync(new NodeAction("r/1", "n", NodeActionKind.Reboot, 0), default));
        await AssertAwayAsync(() => actions.GetAsync("r/1", default));
        await AssertAwayAsync(() => actions.CheckHealthAsync("n", default));
        await AssertAwayAsync(() => records.DeleteAsync("r", default));
        await AssertAwayAsync(async () => await records.WatchAsync(default).GetAsyncEnumerator().MoveNextAsync());
    }

    private static async Task AssertAwayAsync(Func<Task> call)
        => Assert.Contains("Connection refused", (await Assert.ThrowsAsync<HotpathUnavailableException>(call)).Message, StringComparison.Ordinal);
}
