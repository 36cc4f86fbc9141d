using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Kubernetes;
using Pipeline.Hotpath.Cluster.Kubernetes.Calls;
using Pipeline.Hotpath.Cluster.Kubernetes.Model;
using Pipeline.Hotpath.Cluster.Kubernetes.Translation;
using Pipeline.Kubernetes;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Tests.Support;
using Pipeline.Kubernetes.Watching;

namespace Pipeline.Hotpath.Tests.Cluster.Kubernetes;

public sealed class PodBinderTests
{
    /// <summary>The server answers so when the pod is bound or another one has its name, and when its storage did not answer it (registry/core/pod, assignPod).</summary>
    [Theory]
    [InlineData("""{"metadata":{"name":"w","namespace":"team","uid":"u-1","annotations":{"pipeline.gpu/gpus":"0x1"}},"spec":{"nodeName":"n1"}}""", true)]
    [InlineData("""{"metadata":{"name":"w","namespace":"team","uid":"u-1"},"spec":{"nodeName":"n2"}}""", false)]
    [InlineData("""{"metadata":{"name":"w","namespace":"team","uid":"u-1","deletionTimestamp":"2027-01-04T09:00:00Z"}}""", false)]
    [InlineData("""{"metadata":{"name":"w","namespace":"team","uid":"u-2"}}""", false)]
    [InlineData("""{"metadata":{"name":"w","namespace":"team","uid":"u-1"}}""", null)]
    public async Task After_a_conflict_a_pod_that_is_nowhere_may_be_bound_yet(string now, bool? expected)
    {
        await using var server = await ApiDouble.StartAsync((context, _) => context.Request.Method == "POST" ? context.StatusAsync(409, "Conflict") : context.JsonAsync(now));
        using var client = server.Client();
        using var metrics = new CallMetrics(TimeProvider.System, NullLogger.Instance);
        await using var reports = new PodReports(client, new KubernetesOptions { EventsPerSecond = 0 }, TimeProvider.System, metrics);
        var model = new KubernetesModel(new KubernetesOptions(), _ => { });
        model.Apply(new Change<Pod>.Put(Objects.Pod("")));
        var binder = new PodBinder(client, model, reports);
        var binding = new WorkloadBinding(PodTranslation.IdOf("u-1"), "n1", 1);

        if (expected is null)
            Assert.True((await Assert.ThrowsAsync<KubernetesException>(() => binder.BindAsync(binding, default))).IsConflict);
        else
            Assert.Equal(expected, await binder.BindAsync(binding, default));
        Assert.Equal(expected is null ? 1 : 0, model.Unsure("n1").Count);
    }
}
