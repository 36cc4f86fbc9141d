using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Hotpath.Cluster.Kubernetes.Calls;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Kubernetes;
using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Tests.Support;
using Pipeline.Kubernetes.Watching;

namespace Pipeline.Hotpath.Tests.Cluster.Kubernetes;

public sealed class KindFollowersTests
{
    [Fact]
    public async Task After_an_upgrade_of_the_server_a_kind_is_followed_in_its_new_version()
    {
        var upgraded = false;
        await using var server = await ApiDouble.StartAsync((context, _, stop) => (context.Request.Path.Value, Volatile.Read(ref upgraded)) switch
        {
            ("/apis/policy/v1", true) => context.JsonAsync("""{"resources":[{"name":"poddisruptionbudgets"}]}"""),
            ("/apis/policy/v1/poddisruptionbudgets", true) when !context.Request.Query.ContainsKey("watch") => context.JsonAsync(ListOf("new")),
            ("/apis/policy/v1/poddisruptionbudgets", true) => Task.Delay(Timeout.Infinite, stop),
            ("/apis/policy/v1beta1/poddisruptionbudgets", false) when !context.Request.Query.ContainsKey("watch") => context.JsonAsync(ListOf("old")),
            _ => context.StatusAsync(404, "NotFound"),
        });
        using var client = server.Client();
        using var metrics = new CallMetrics(TimeProvider.System, NullLogger.Instance);
        await using var followers = new KindFollowers(client, metrics, new HurriedTime(), () => { });
        var followed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        await followers.Follow<PodDisruptionBudget>(FindAsync, Apply, needed: true).Bounded();
        Volatile.Write(ref upgraded, true);
        await followed.Task.Bounded();

        async Task<ResourceKind<PodDisruptionBudget>?> FindAsync() => await client.PodDisruptionBudgetsAsync();

        void Apply(Change<PodDisruptionBudget> change)
        {
            if (change is Change<PodDisruptionBudget>.Replaced { Items: var items } && items.Single().Metadata.Name == "new")
                followed.TrySetResult();
        }
    }

    private static string ListOf(string name) => $$"""{"metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":"{{name}}","namespace":"team","uid":"u-1"} }]}""";
}
