using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Tests.Support;
using Pipeline.Kubernetes.Watching;
using Pipeline.TestControlPlane;

namespace Pipeline.Kubernetes.Tests.Interop;

/// <summary>Following a real API server, which these tests also restart: it is their own.</summary>
public sealed class ReflectorTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [ControlPlaneFact]
    public async Task The_model_is_the_servers_after_every_second_was_cut()
    {
        using var client = server.Client();
        var scope = await client.NamespaceAsync("cut");
        await using var relay = new TcpRelay(server.Plane.Address);
        using var far = Through(relay);
        var failures = 0;
        var reflector = new Reflector<Pod>(far, Kinds.Pods, Quick(scope) with { OnFailure = _ => failures++ });
        var model = new ChangeModel<Pod>();
        await using var changes = reflector.ReadAsync(Patience.Token).GetAsyncEnumerator();
        await NextAsync(changes, model);
        for (var round = 0; round < 5; round++)
        {
            for (var i = 0; i < 5; i++)
                await client.CreateAsync(Kinds.Pods, Samples.Pod(scope, $"p{round}-{i}"));
            await client.DeleteAsync(Kinds.Pods, new(scope, $"p{round}-0"), new DeleteOptions { GracePeriodSeconds = 0 });
            await NextAsync(changes, model);
            relay.Cut();
        }

        await EqualAsync(client, scope, changes, model);
        Assert.True(failures > 0);
        // Every cut watch went on where it was.
        Assert.Equal(1, model.Lists);
    }

    [ControlPlaneFact]
    public async Task A_place_that_the_server_has_forgotten_is_found_again_by_a_list()
    {
        using var client = server.Client();
        var scope = await client.NamespaceAsync("forgotten");
        var failures = new List<KubernetesException>();
        var reflector = new Reflector<Pod>(client, Kinds.Pods, Quick(scope) with { OnFailure = failures.Add });
        var model = new ChangeModel<Pod>();
        await client.CreateAsync(Kinds.Pods, Samples.Pod(scope, "old"));
        await using var changes = reflector.ReadAsync(Patience.Token).GetAsyncEnumerator();
        await NextAsync(changes, model);

        await server.Plane.RestartApiServerAsync();
        await client.CreateAsync(Kinds.Pods, Samples.Pod(scope, "new"));
        await client.DeleteAsync(Kinds.Pods, new(scope, "old"), new DeleteOptions { GracePeriodSeconds = 0 });
        await server.Plane.CompactEtcdAsync();
        // The new server's memory begins after what happened above.
        await server.Plane.RestartApiServerAsync();

        await EqualAsync(client, scope, changes, model);
        Assert.Equal(2, model.Lists);
        Assert.Contains(failures, failure => failure.IsExpired);
    }

    [ControlPlaneFact]
    public async Task A_silently_dead_connection_is_noticed()
    {
        using var client = server.Client();
        var scope = await client.NamespaceAsync("silent");
        await using var dead = new TcpRelay(server.Plane.Address);
        using var far = Through(dead, options => options with { Timeout = TimeSpan.FromSeconds(2), KeepAliveDelay = TimeSpan.FromSeconds(1), KeepAliveTimeout = TimeSpan.FromSeconds(1) });
        var failed = new TaskCompletionSource<KubernetesException>();
        var reflector = new Reflector<Pod>(far, Kinds.Pods, Quick(scope) with { OnFailure = failure => failed.TrySetResult(failure) });
        using var stop = new CancellationTokenSource();
        var changes = reflector.ReadAsync(stop.Token).GetAsyncEnumerator();
        await changes.MoveNextAsync();
        var next = changes.MoveNextAsync().AsTask();
        dead.Swallow();

        // The watch may not have begun yet, and then ends with its timeout.
        Assert.True((await failed.Task.Bounded()).IsUnanswered);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next.Bounded());
    }

    private static ReflectorOptions Quick(string scope) => new()
    {
        Namespace = scope,
        FirstDelay = TimeSpan.FromMilliseconds(10),
        LongestDelay = TimeSpan.FromMilliseconds(200),
    };

    private KubernetesClient Through(TcpRelay relay, Func<KubernetesClientOptions, KubernetesClientOptions>? change = null)
        => server.Client(change, server.Access with { Server = relay.Address });

    private static async Task NextAsync(IAsyncEnumerator<Change<Pod>> changes, ChangeModel<Pod> model)
    {
        Assert.True(await changes.MoveNextAsync());
        model.Apply(changes.Current);
    }

    private static async Task EqualAsync(KubernetesClient client, string scope, IAsyncEnumerator<Change<Pod>> changes, ChangeModel<Pod> model)
    {
        var truth = (await client.ListAsync(Kinds.Pods, new ListOptions { Namespace = scope })).Items.ToDictionary(pod => pod.FullName, pod => pod.Metadata.ResourceVersion!);
        // Ends with the events, or with the token that bounds their stream.
        while (!truth.OrderBy(pair => pair.Key.Name).SequenceEqual(model.Versions.OrderBy(pair => pair.Key.Name)))
            await NextAsync(changes, model);
    }
}
