using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Hotpath.Cluster.Kubernetes.Calls;
using Pipeline.Kubernetes;
using Pipeline.Kubernetes.Access;
using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Watching;
using Pipeline.KubernetesCluster.Tests.Support;
using Pipeline.TestControlPlane;

namespace Pipeline.KubernetesCluster.Tests;

[Collection(nameof(ClusterFixture))]
public sealed class FollowTests(ClusterFixture fixture)
{
    [ControlPlaneFact]
    public async Task A_kind_whose_object_could_not_be_applied_is_known_to_be_stale_and_then_followed_anew()
    {
        var node = (await fixture.Kubelets.AddNodesAsync(1, new NodeTemplate { Prefix = "follow-" }))[0];
        using var client = new KubernetesClient(ClusterAccessLoader.Load(fixture.Kubeconfig, null, TimeProvider.System), new KubernetesClientOptions(), TimeProvider.System);
        using var metrics = new CallMetrics(TimeProvider.System, NullLogger.Instance);
        var (problems, seen) = (0, 0);
        await using var followers = new KindFollowers(client, metrics, TimeProvider.System, () => { });
        await followers.Follow(() => Task.FromResult<ResourceKind<Node>?>(Kinds.Nodes), Apply, needed: true);
        followers.ThrowIfBroken();

        await fixture.Plane.KubectlAsync("label", "node", node, "odd=yes");
        await World.UntilAsync("the word that it is stale", () => Task.FromResult(Record.Exception(followers.ThrowIfBroken) is InvalidOperationException));
        await World.UntilAsync("the new list", () => Task.FromResult(Volatile.Read(ref seen) > 0));
        await World.UntilAsync("the word that it is followed", () => Task.FromResult(Record.Exception(followers.ThrowIfBroken) is null));

        void Apply(Change<Node> change)
        {
            if (change is Change<Node>.Put { Item: var put } && put.Metadata.Labels.ContainsKey("odd") && problems++ == 0)
                throw new FormatException("odd");
            if (change is Change<Node>.Replaced { Items: var all } && all.Any(one => one.Metadata.Labels.ContainsKey("odd")))
                Interlocked.Increment(ref seen);
        }
    }
}
