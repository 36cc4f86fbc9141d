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

namespace Pipeline.Hotpath.Tests.Cluster.Kubernetes.Volumes;

public sealed class VolumeBinderTests
{
    private const int Claims = 4;

    private readonly KubernetesModel _model = new(new KubernetesOptions(), _ => { });

    public VolumeBinderTests()
    {
        _model.Apply(new Change<Node>.Put(Storage.Host("a")));
        Storage.Read(_model);
        _model.Apply(new Change<StorageClass>.Put(Storage.Class(provisioner: "x")));
        foreach (var claim in Enumerable.Range(0, Claims))
            _model.Apply(new Change<PersistentVolumeClaim>.Put(Storage.Claim($"data-{claim}")));
        var volumes = Enumerable.Range(0, Claims).Select(claim => $$"""{"name":"v-{{claim}}","persistentVolumeClaim":{"claimName":"data-{{claim}}"} }""");
        _model.Apply(new Change<Pod>.Put(Objects.Asking("\"nvidia.com/gpu\":2", $"\"schedulerName\":\"pipeline\",\"volumes\":[{string.Join(',', volumes)}]")));
        _model.List();
    }

    /// <summary>One after the other they take as many times as long, and the engine keeps the place for half a minute.</summary>
    [Fact]
    public async Task All_claims_of_a_pod_are_told_at_once()
    {
        var (arrived, all) = (0, new TaskCompletionSource());
        var readiness = await PrepareAsync(async (context, _, end) =>
        {
            if (Interlocked.Increment(ref arrived) == Claims)
                all.SetResult();
            await all.Task.WaitAsync(end);
            await context.JsonAsync(Told(context));
        });
        Assert.Equal((Readiness.Preparing, Claims), (readiness, arrived));
    }

    [Theory]
    [InlineData(409, false)]
    [InlineData(422, true)]
    public async Task One_claim_that_is_refused_gives_the_node_up_and_one_that_changed_does_not(int code, bool givenUp)
    {
        Task<Readiness> Prepare() => PrepareAsync((context, number, _) => number switch
        {
            0 => context.StatusAsync(503, "ServiceUnavailable"),
            1 => context.StatusAsync(code, "Refused"),
            _ => context.JsonAsync(Told(context)),
        });

        if (givenUp)
            Assert.Equal(code, (await Assert.ThrowsAsync<KubernetesException>(Prepare)).Code);
        else
            Assert.Equal(Readiness.Preparing, await Prepare());
        Assert.Equal(givenUp, !_model.IsPreparing(PodId));
    }

    private static ulong PodId => PodTranslation.IdOf("u-1");

    private static string Told(Microsoft.AspNetCore.Http.HttpContext context)
    {
        var name = context.Request.Path.Value!.Split('/')[^1];
        return $$"""
        {"kind":"PersistentVolumeClaim","apiVersion":"v1","metadata":{"name":"{{name}}","namespace":"team","uid":"c-{{name}}","resourceVersion":"2"},"spec":{},"status":{} }
        """;
    }

    private async Task<Readiness> PrepareAsync(Func<Microsoft.AspNetCore.Http.HttpContext, int, CancellationToken, Task> serve)
    {
        await using var server = await ApiDouble.StartAsync(serve);
        using var client = server.Client(change: options => options with { Retries = 0 });
        using var metrics = new CallMetrics(TimeProvider.System, NullLogger.Instance);
        await using var reports = new PodReports(client, new KubernetesOptions { EventsPerSecond = 0 }, TimeProvider.System, metrics);
        using var binder = new VolumeBinder(client, _model, new KubernetesOptions(), reports, metrics, TimeProvider.System);
        return await binder.PrepareAsync(new WorkloadBinding(PodId, "a", 3), default);
    }
}
