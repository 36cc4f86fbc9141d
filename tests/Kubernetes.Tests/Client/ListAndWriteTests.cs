using System.Collections.Concurrent;
using System.Text.Json.Serialization.Metadata;
using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Tests.Support;
using Pipeline.Kubernetes.Watching;

namespace Pipeline.Kubernetes.Tests.Client;

public class ListAndWriteTests
{
    [Fact]
    public async Task A_list_whose_pages_expire_starts_again_and_in_the_end_asks_for_all_at_once()
    {
        await using var server = await ApiDouble.StartAsync((context, _) =>
        {
            if (context.Request.Query.ContainsKey("continue"))
                return context.StatusAsync(410, "Expired");
            return context.Request.Query.ContainsKey("limit")
                ? context.JsonAsync(Says.NodeList(5, "more", Says.Node("a", 1)))
                : context.JsonAsync(Says.NodeList(6, null, Says.Node("a", 1), Says.Node("b", 2)));
        });
        using var client = server.Client(change: options => options with { PageSize = 1 });
        var all = await client.ListAsync(Kinds.Nodes);
        Assert.Equal(["a", "b"], all.Items.Select(node => node.Metadata.Name));
        Assert.Equal("6", all.Metadata.ResourceVersion);
        Assert.Equal(7, server.Requests.Count);
    }

    [Fact]
    public async Task Pages_come_in_their_order_wherever_their_metadata_is()
    {
        await using var server = await ApiDouble.StartAsync((context, _) => context.JsonAsync(context.Request.Query["continue"].ToString() switch
        {
            "" => Says.NodeList(5, "second", Says.Node("a", 1)),
            "second" => $$"""{"items":[{{Says.Node("b", 2)}}],"metadata":{"resourceVersion":"5","remainingItemCount":1,"continue":"third"},"kind":"NodeList"}""",
            "third" => Says.NodeList(5, "", Says.Node("c", 3)),
            var other => throw new InvalidOperationException(other),
        }));
        using var client = server.Client(change: options => options with { PageSize = 1 });
        var all = await client.ListAsync(Kinds.Nodes);
        Assert.Equal(["a", "b", "c"], all.Items.Select(node => node.Metadata.Name));
        Assert.Equal(("5", null, null), (all.Metadata.ResourceVersion, all.Metadata.Continue, all.Metadata.RemainingItemCount));
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task The_next_page_is_asked_for_before_this_one_is_read()
    {
        var kind = new ResourceKind<Slow>("", "v1", "slows", "Slow", namespaced: false, new DefaultJsonTypeInfoResolver());
        await using var server = await ApiDouble.StartAsync(async (context, number) =>
        {
            if (number == 0)
            {
                await context.JsonAsync("""{"metadata":{"resourceVersion":"5","continue":"more"},"items":[{"takesUntilTheNextIsAskedFor":true}]}""");
                return;
            }
            Slow.NextAskedFor.SetResult();
            await context.JsonAsync("""{"metadata":{"resourceVersion":"5"},"items":[{}]}""");
        });
        using var client = server.Client();
        Assert.Equal(2, (await client.ListAsync(kind)).Items.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>")]
    [InlineData("null")]
    [InlineData("""{"metadata":{"continue":7}}""")]
    [InlineData("""{"metadata":{"resourceVersion":"5"},"items":[""")]
    public async Task An_answer_that_is_no_list_is_an_invalid_response(string answer)
    {
        await using var server = await ApiDouble.StartAsync((context, _) => context.JsonAsync(answer));
        using var client = server.Client();
        var invalid = await Assert.ThrowsAsync<KubernetesException>(() => client.ListAsync(Kinds.Nodes));
        Assert.Equal(Reasons.InvalidResponse, invalid.Reason);
        Assert.StartsWith("GET /api/v1/nodes: the answer cannot be read", invalid.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_at_a_time_share_one_HTTP_2_connection()
    {
        var connections = new ConcurrentDictionary<string, string>();
        var all = new TaskCompletionSource();
        var arrived = 0;
        await using var server = await ApiDouble.StartAsync(async (context, _) =>
        {
            connections[context.Connection.Id] = context.Request.Protocol;
            if (Interlocked.Increment(ref arrived) == 20)
                all.SetResult();
            await all.Task;
            await context.JsonAsync("{}");
        });
        using var client = server.Client();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => client.GetAsync(Kinds.Nodes, $"n{i}"))).Bounded();
        Assert.Equal("HTTP/2", Assert.Single(connections).Value);
    }

    [Fact]
    public async Task A_refusal_in_the_clothes_of_a_success_is_a_refusal()
    {
        await using var server = await ApiDouble.StartAsync((context, _) => context.Request.Method == "GET"
            ? context.JsonAsync("""{"resources":[]}""")
            : context.JsonAsync(Says.Status(500, "", "more than one PodDisruptionBudget"), 201));
        using var client = server.Client();
        var refused = await Assert.ThrowsAsync<KubernetesException>(() => client.EvictAsync(new ObjectName("n", "p")));
        Assert.Equal(500, refused.Code);
        Assert.Contains("more than one PodDisruptionBudget", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_update_that_always_conflicts_ends_with_the_conflict()
    {
        await using var server = await ApiDouble.StartAsync((context, _) => context.Request.Method == "GET"
            ? context.JsonAsync(Says.Node("n", 1))
            : context.StatusAsync(409, "Conflict"));
        using var client = server.Client(change: options => options with { UpdateAttempts = 3 });
        var conflict = await Assert.ThrowsAsync<KubernetesException>(() => client.UpdateAsync(Kinds.Nodes, "n", node => node with { Kind = "Node" }));
        Assert.True(conflict.IsConflict);
        Assert.Equal(3, server.Requests.Count(request => request.StartsWith("PUT", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_update_that_changes_nothing_writes_nothing()
    {
        await using var server = await ApiDouble.StartAsync((context, _) => context.JsonAsync(Says.Node("n", 1)));
        using var client = server.Client();
        await client.UpdateAsync(Kinds.Nodes, "n", node => node);
        await client.UpdateAsync(Kinds.Nodes, "n", _ => null);
        Assert.All(server.Requests, request => Assert.StartsWith("GET", request, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_object_of_a_watch_is_not_written_back()
    {
        await using var server = await ApiDouble.StartAsync((context, _) => context.JsonAsync(Says.NodeList(5, null, Says.Node("a", 1))));
        using var client = server.Client();
        await using var changes = new Reflector<Node>(client, Kinds.Nodes, new()).ReadAsync(Patience.Token).GetAsyncEnumerator();
        await changes.MoveNextAsync();
        var node = Assert.IsType<Change<Node>.Replaced>(changes.Current).Items[0];
        var refused = await Assert.ThrowsAsync<ArgumentException>(() => client.ReplaceAsync(Kinds.Nodes, node with { Kind = "Node" }));
        Assert.Contains("'a' comes from a watch", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_are_checked_before_anything_is_sent()
    {
        await using var server = await ApiDouble.StartAsync((context, _) => context.JsonAsync("{}"));
        using var client = server.Client();
        await Assert.ThrowsAsync<ArgumentException>(() => client.GetAsync(Kinds.Pods, "no-namespace"));
        await Assert.ThrowsAsync<ArgumentException>(() => client.GetAsync(Kinds.Nodes, new ObjectName("ns", "n")));
        await Assert.ThrowsAsync<ArgumentException>(() => client.GetAsync(Kinds.Nodes, ""));
        await Assert.ThrowsAsync<ArgumentException>(() => client.CreateAsync(Kinds.Pods, new Pod { Metadata = new ObjectMeta { Name = "p" } }));
        await client.GetAsync(Kinds.Nodes, "../secrets");
        Assert.Equal(["GET /api/v1/nodes/..%2Fsecrets"], server.Requests);
    }

    [Fact]
    public void Options_out_of_range_are_named_all_at_once()
    {
        var options = new KubernetesClientOptions { Retries = 21, FieldManager = "", Limiter = new() { UrgentInFlight = 0 } };
        var wrong = Assert.Throws<ArgumentException>(() => new KubernetesClient(new() { Server = new Uri("https://127.0.0.1:1") }, options, TimeProvider.System));
        Assert.Contains("Retries: must be 0 to 20, was 21", wrong.Message, StringComparison.Ordinal);
        Assert.Contains("FieldManager", wrong.Message, StringComparison.Ordinal);
        Assert.Contains("Limiter.UrgentInFlight", wrong.Message, StringComparison.Ordinal);
    }

    /// <summary>Is not read before the page behind its own is asked for.</summary>
    private sealed record Slow : KubernetesObject
    {
        public static TaskCompletionSource NextAskedFor { get; } = new();

        public bool TakesUntilTheNextIsAskedFor
        {
            get => false;
            init => Assert.True(NextAskedFor.Task.Wait(Patience.Bound));
        }
    }
}
