using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Kubernetes;
using Pipeline.Hotpath.Cluster.Kubernetes.Calls;
using Pipeline.Hotpath.Cluster.Kubernetes.Model;
using Pipeline.Hotpath.Cluster.Kubernetes.Translation;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Tests.Support;
using Pipeline.Kubernetes.Watching;

namespace Pipeline.Hotpath.Tests.Cluster.Kubernetes;

public sealed class PodEvictorTests
{
    /// <summary>The server answers so when another pod has the name, and when its own writes to the budget met those of others too often.</summary>
    [Theory]
    [InlineData("""{"metadata":{"name":"w","namespace":"team","uid":"u-1"},"spec":{"nodeName":"n1"}}""", EvictionOutcome.Blocked)]
    [InlineData("""{"metadata":{"name":"w","namespace":"team","uid":"u-1","deletionTimestamp":"2027-01-04T09:00:00Z"}}""", EvictionOutcome.Accepted)]
    [InlineData("""{"metadata":{"name":"w","namespace":"team","uid":"u-2"}}""", EvictionOutcome.Gone)]
    [InlineData("", EvictionOutcome.Gone)]
    public async Task After_a_conflict_a_pod_is_gone_only_if_the_server_says_so(string now, EvictionOutcome expected)
    {
        await using var server = await ApiDouble.StartAsync((context, _) => (context.Request.Method, context.Request.Path.Value) switch
        {
            ("POST", _) => context.StatusAsync(409, "Conflict"),
            (_, "/api/v1") => context.JsonAsync("""{"resources":[]}"""),
            _ when now.Length == 0 => context.StatusAsync(404, "NotFound"),
            _ => context.JsonAsync(now),
        });
        using var client = server.Client();
        var model = new KubernetesModel(new KubernetesOptions(), _ => { });
        model.Apply(new Change<Pod>.Put(Objects.Pod("\"nodeName\":\"n1\"")));

        Assert.Equal(expected, await new PodEvictor(client, model).EvictAsync(PodTranslation.IdOf("u-1"), default));
    }
}
