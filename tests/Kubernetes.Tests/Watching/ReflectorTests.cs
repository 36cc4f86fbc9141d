using Microsoft.AspNetCore.Http;
using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Tests.Support;
using Pipeline.Kubernetes.Watching;
using Pipeline.TestDoubles.Time;

namespace Pipeline.Kubernetes.Tests.Watching;

/// <summary>What a reflector makes of everything that a watch may say.</summary>
public class ReflectorTests
{
    [Fact]
    public async Task A_cut_watch_goes_on_after_the_last_event_or_bookmark()
    {
        await using var server = await ServerAsync(
            (context, _) => CutAsync(context, Says.Event("ADDED", Says.Node("b", 11)), Says.Event("MODIFIED", Says.Node("a", 12))),
            (context, _) => CutAsync(context, Says.Bookmark(20)),
            (context, _) => context.LinesAsync(Says.Event("DELETED", Says.Node("b", 21))));
        var (changes, failures) = await ReadAsync(server, 4);

        Assert.Equal(["a:10", "b:11", "a:12", "-b:21"], changes);
        Assert.Equal(["10", "12", "20"], Versions(server)[..3]);
        Assert.All(failures, failure => Assert.True(failure.IsUnanswered));
        Assert.All(server.Requests.Where(request => request.Contains("watch", StringComparison.Ordinal)), request => Assert.Contains("allowWatchBookmarks=true", request, StringComparison.Ordinal));
        Assert.Single(server.Requests, request => !request.Contains("watch", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_place_that_is_gone_is_found_again_by_a_list(bool asEvent)
    {
        await using var server = await ServerAsync(
            (context, _) => asEvent
                ? context.LinesAsync(Says.Event("ERROR", Says.Status(410, "Expired", "too old resource version")))
                : context.StatusAsync(410, "Gone", "too old resource version"),
            (context, _) => context.LinesAsync(Says.Event("ADDED", Says.Node("b", 11))));
        var lists = new List<TimeSpan>();
        var (changes, failures) = await ReadAsync(server, 3, options => options with { OnListed = lists.Add });

        Assert.Equal(["a:10", "a:10", "b:11"], changes);
        Assert.Equal((2, true), (lists.Count, lists.All(took => took > TimeSpan.Zero)));
        Assert.True(failures[0].IsExpired);
        Assert.Contains("too old resource version", failures[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_error_event_is_waited_out_and_the_watch_goes_on()
    {
        await using var server = await ServerAsync(
            (context, _) => context.LinesAsync(Says.Event("ADDED", Says.Node("b", 11)), Says.Event("ERROR", Says.Status(500, "InternalError", "etcd"))),
            (context, _) => context.LinesAsync(Says.Event("ADDED", Says.Node("c", 12))));
        var (changes, failures) = await ReadAsync(server, 3);

        Assert.Equal(["a:10", "b:11", "c:12"], changes);
        Assert.Equal("11", Versions(server)[1]);
        Assert.Equal(500, failures[0].Code);
    }

    [Theory]
    [InlineData("garbage\n")]
    [InlineData("[]\n")]
    [InlineData("{}\n")]
    [InlineData("""{"type":"SURPRISE","object":{"metadata":{"resourceVersion":"11"}}}""" + "\n")]
    [InlineData("""{"type":"ADDED","object":{"metadata":{"name":"x"}}}""" + "\n")]
    [InlineData("""{"type":"ADDED","object":null}""" + "\n")]
    [InlineData("""{"type":"ADDED","object":{"metadata":{"resourceVersion":"11"},"status":{"capacity":{"cpu":"lots"}}}}""" + "\n")]
    public async Task Garbage_is_told_and_after_a_second_time_avoided_by_a_list(string garbage)
    {
        await using var server = await ServerAsync(
            (context, _) => context.LinesAsync(garbage),
            (context, _) => context.LinesAsync(garbage),
            (context, _) => context.LinesAsync(Says.Event("ADDED", Says.Node("b", 11))));
        var (changes, failures) = await ReadAsync(server, 3);

        Assert.Equal(["a:10", "a:10", "b:11"], changes);
        Assert.Equal([Reasons.InvalidResponse, Reasons.InvalidResponse], failures.Take(2).Select(failure => failure.Reason));
    }

    [Fact]
    public async Task Garbage_of_a_slow_server_is_avoided_by_a_list_as_well()
    {
        var time = new FakeTimeProvider();
        Task SlowlyAsync(HttpContext context)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return context.LinesAsync("garbage\n");
        }

        await using var server = await ServerAsync(
            (context, _) => SlowlyAsync(context),
            (context, _) => SlowlyAsync(context),
            (context, _) => context.LinesAsync(Says.Event("ADDED", Says.Node("b", 11))));
        using var client = server.Client(time);
        await using var changes = new Reflector<Node>(client, Kinds.Nodes, Quick()).ReadAsync(Patience.Token).GetAsyncEnumerator();
        await changes.MoveNextAsync();
        var next = changes.MoveNextAsync().AsTask();
        while (!next.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(1));
            await Task.Yield();
        }

        Assert.True(await next);
        Assert.IsType<Change<Node>.Replaced>(changes.Current);
    }

    [Fact]
    public async Task The_object_may_come_before_the_type_and_a_line_in_pieces()
    {
        var first = """{"object":{"metadata":{"name":"b","resourceVersion":"11"}},"type":"ADDED"}""" + "\n";
        await using var server = await ServerAsync(async (context, _) =>
        {
            foreach (var character in first)
                await context.LinesAsync(character.ToString());
            await context.LinesAsync("\n", Says.Event("ADDED", Says.Node("c", 12)));
        });
        Assert.Equal(["a:10", "b:11", "c:12"], (await ReadAsync(server, 3)).Changes);
    }

    [Fact]
    public async Task A_line_without_an_end_is_not_an_event()
    {
        await using var server = await ServerAsync(
            (context, _) => context.LinesAsync(Says.Event("ADDED", Says.Node("b", 11)).TrimEnd()),
            (context, _) => context.LinesAsync(Says.Event("ADDED", Says.Node("b", 11))));
        Assert.Equal(["a:10", "b:11"], (await ReadAsync(server, 2)).Changes);
        Assert.Equal(["10", "10"], Versions(server)[..2]);
    }

    [Fact]
    public async Task An_event_beyond_the_bound_is_told_and_not_kept()
    {
        await using var server = await ServerAsync((context, _) => context.LinesAsync(new string('x', 300 * 1024)));
        var failed = new TaskCompletionSource<KubernetesException>();
        var (changes, _) = await ReadAsync(server, 2, options => options with { MaxEventSize = 200 * 1024, OnFailure = failure => failed.TrySetResult(failure) });
        Assert.Contains("larger than 204800 bytes", (await failed.Task.Bounded()).Message, StringComparison.Ordinal);
        Assert.Equal(["a:10", "a:10"], changes);
    }

    [Fact]
    public async Task A_large_event_comes_whole()
    {
        var large = """{"metadata":{"name":"b","resourceVersion":"11","annotations":{"x":"LARGE"}}}""".Replace("LARGE", new string('y', 1024 * 1024), StringComparison.Ordinal);
        await using var server = await ServerAsync((context, _) => context.LinesAsync(Says.Event("ADDED", large)));
        Assert.Equal(["a:10", "b:11"], (await ReadAsync(server, 2)).Changes);
    }

    [Fact]
    public async Task A_list_that_fails_is_tried_until_it_does_not()
    {
        await using var server = await ApiDouble.StartAsync((context, number) => number < 3
            ? context.StatusAsync(403, "Forbidden", """nodes is forbidden: User \"u\" cannot list resource \"nodes\" in API group \"\" at the cluster scope""")
            : context.JsonAsync(Says.NodeList(10, null, Says.Node("a", 10))));
        var (changes, failures) = await ReadAsync(server, 1);
        Assert.Equal(["a:10"], changes);
        Assert.Equal(3, failures.Count(failure => failure.IsForbidden && failure.Denied == new AccessRight("list", "nodes")));
    }

    [Fact]
    public async Task A_watch_that_says_nothing_is_begun_anew()
    {
        var time = new FakeTimeProvider();
        await using var server = await ServerAsync(
            async (context, stop) =>
            {
                await context.LinesAsync(Says.Event("ADDED", Says.Node("b", 11)));
                await Task.Delay(Timeout.Infinite, stop);
            },
            (context, _) => context.LinesAsync(Says.Event("ADDED", Says.Node("c", 12))));
        using var client = server.Client(time);
        // A wait of nothing needs no clock.
        var failed = new TaskCompletionSource<KubernetesException>();
        var reflector = new Reflector<Node>(client, Kinds.Nodes, Quick() with { SilenceTimeout = TimeSpan.FromSeconds(100), OnFailure = failure => failed.TrySetResult(failure) });
        await using var changes = reflector.ReadAsync(Patience.Token).GetAsyncEnumerator();
        await changes.MoveNextAsync();
        await changes.MoveNextAsync();
        var next = changes.MoveNextAsync().AsTask();
        await time.WhenTimerIsSetFor(time.GetUtcNow() + TimeSpan.FromSeconds(100)).Bounded();
        time.Advance(TimeSpan.FromSeconds(99));
        Assert.False(failed.Task.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Contains("silent for 100 s", (await failed.Task.Bounded()).Message, StringComparison.Ordinal);
        while (!next.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(1));
            await Task.Yield();
        }

        Assert.True(await next);
        Assert.Equal("c", Assert.IsType<Change<Node>.Put>(changes.Current).Item.Metadata.Name);
        Assert.Equal("11", Versions(server)[1]);
    }

    [Fact]
    public async Task Unknown_fields_and_managed_fields_are_not_kept()
    {
        await using var server = await ServerAsync((context, _) => context.LinesAsync(Says.Event(
            "ADDED", """{"metadata":{"name":"b","resourceVersion":"11","managedFields":[{"manager":"m"}]},"status":{"images":[{"names":["i"]}],"phase":"x"},"other":1}""")));
        using var client = server.Client();
        await using var changes = new Reflector<Node>(client, Kinds.Nodes, Quick()).ReadAsync(Patience.Token).GetAsyncEnumerator();
        await changes.MoveNextAsync();
        await changes.MoveNextAsync();
        var node = Assert.IsType<Change<Node>.Put>(changes.Current).Item;
        Assert.True(node.IsTrimmed);
        Assert.Null(node.Unknown);
        Assert.Null(node.Status.Unknown);
        Assert.Null(node.Metadata.Unknown);
    }

    private static ReflectorOptions Quick() => new() { FirstDelay = TimeSpan.FromMilliseconds(1), LongestDelay = TimeSpan.FromMilliseconds(2) };

    /// <summary>Lists one node a of version 10; the watches go as given, and the last one says nothing more.</summary>
    private static Task<ApiDouble> ServerAsync(params Func<HttpContext, CancellationToken, Task>[] watches)
    {
        var number = -1;
        return ApiDouble.StartAsync(async (context, _, stop) =>
        {
            if (!context.Request.Query.ContainsKey("watch"))
            {
                await context.JsonAsync(Says.NodeList(10, null, Says.Node("a", 10)));
                return;
            }

            var watch = Interlocked.Increment(ref number);
            await watches[Math.Min(watch, watches.Length - 1)](context, stop);
            if (watch >= watches.Length - 1 && context.Response.StatusCode == 200 && watches.Length > 1)
                await Task.Delay(Timeout.Infinite, stop);
        });
    }

    /// <summary>What a reset does to data under way is up to chance; a line in two is certain.</summary>
    private static Task CutAsync(HttpContext context, params string[] lines) => context.LinesAsync([.. lines, """{"type":"ADDED","obj"""]);

    private static async Task<(IReadOnlyList<string> Changes, IReadOnlyList<KubernetesException> Failures)> ReadAsync(
        ApiDouble server, int count, Func<ReflectorOptions, ReflectorOptions>? change = null)
    {
        using var client = server.Client();
        var failures = new List<KubernetesException>();
        var options = Quick() with { OnFailure = failures.Add };
        var changes = new List<string>();
        await foreach (var next in new Reflector<Node>(client, Kinds.Nodes, change?.Invoke(options) ?? options).ReadAsync(Patience.Token))
        {
            changes.AddRange(next switch
            {
                Change<Node>.Replaced all => all.Items.Select(Text),
                Change<Node>.Put put => [Text(put.Item)],
                Change<Node>.Deleted deleted => ["-" + Text(deleted.Item)],
                _ => [],
            });
            if (changes.Count >= count)
                break;
        }

        return (changes, failures);
    }

    private static string Text(Node node) => $"{node.Metadata.Name}:{node.Metadata.ResourceVersion}";

    private static List<string> Versions(ApiDouble server)
        => [.. server.Requests.Where(request => request.Contains("watch=true", StringComparison.Ordinal)).Select(request => System.Web.HttpUtility.ParseQueryString(request[request.IndexOf('?')..])["resourceVersion"]!)];
}
