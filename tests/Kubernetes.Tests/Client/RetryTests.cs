using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Pipeline.Kubernetes.Access;
using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Tests.Support;
using Pipeline.Kubernetes.Transport;
using Pipeline.TestDoubles.Time;

namespace Pipeline.Kubernetes.Tests.Client;

/// <summary>What is sent again, and what is not.</summary>
public class RetryTests
{
    private static readonly Pod SomePod = new() { Metadata = new ObjectMeta { Name = "p", Namespace = "n" } };

    [Fact]
    public void A_socket_that_ended_in_the_moment_in_which_it_was_connected_is_a_server_that_is_not_reached()
    {
        var failure = ApiErrors.Of(new ApiRequest(HttpMethod.Get, "/api/v1/nodes"), new SocketException((int)SocketError.NotConnected));

        Assert.Equal((Reasons.Unreachable, true, false), (failure?.Reason, failure?.IsUnanswered, failure?.NotSent));
    }

    [Fact]
    public async Task A_server_that_has_no_time_is_asked_again_when_it_said_whatever_the_method()
    {
        var time = new FakeTimeProvider();
        await using var server = await ApiDouble.StartAsync((context, number) =>
        {
            context.Response.Headers.RetryAfter = "3";
            // In plain text: the filters before priority and fairness do not know the format.
            return number == 0 ? PlainAsync(context, 429, "Too many requests, please try again later.") : context.JsonAsync("""{"metadata":{"name":"p"}}""", 201);
        });
        using var client = server.Client(time, options => options with { LongestDelay = TimeSpan.FromSeconds(10) });

        var created = client.CreateAsync(Kinds.Pods, SomePod);
        await time.WhenTimerIsSetFor(time.GetUtcNow() + TimeSpan.FromSeconds(3)).Bounded();
        Assert.False(created.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(3));
        await created.Bounded();
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task A_server_that_asks_for_too_long_a_wait_is_the_callers_to_ask()
    {
        await using var server = await ApiDouble.StartAsync((context, _) => context.StatusAsync(429, "TooManyRequests", details: """{"retryAfterSeconds":60}"""));
        using var client = server.Client();
        var refused = await Assert.ThrowsAsync<KubernetesException>(() => client.GetAsync(Kinds.Nodes, "n"));
        Assert.Equal(TimeSpan.FromSeconds(60), refused.RetryAfter);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_disruption_budget_is_an_answer()
    {
        await using var server = await ApiDouble.StartAsync((context, _) => context.Request.Method == "GET"
            ? context.JsonAsync("""{"resources":[{"name":"pods/eviction","group":"policy","version":"v1","kind":"Eviction","namespaced":true}]}""")
            : context.StatusAsync(429, "TooManyRequests", details: """{"causes":[{"reason":"DisruptionBudget","message":"The disruption budget b needs 1 healthy pods"}]}"""));
        using var client = server.Client();
        for (var i = 0; i < 2; i++)
            Assert.True((await Assert.ThrowsAsync<KubernetesException>(() => client.EvictAsync(SomePod.FullName))).IsDisruptionBudget);
        // Discovery once, and no eviction twice.
        Assert.Equal(
            ["GET /api/v1", "POST /api/v1/namespaces/n/pods/p/eviction?fieldManager=pipeline", "POST /api/v1/namespaces/n/pods/p/eviction?fieldManager=pipeline"], server.Requests);
    }

    [Theory]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task What_passes_is_repeated_where_a_second_copy_changes_nothing_and_only_there(int code)
    {
        await using var server = await ApiDouble.StartAsync((context, number) => number == 0 ? PlainAsync(context, code, "gateway") : context.JsonAsync("{}"));
        using var client = server.Client();
        await client.PatchAsync(Kinds.Nodes, "n", Patch.Merge([]));
        Assert.Equal(2, server.Requests.Count);

        await using var second = await ApiDouble.StartAsync((context, number) => number == 0 ? PlainAsync(context, code, "gateway") : context.JsonAsync("{}"));
        using var other = second.Client();
        var failed = await Assert.ThrowsAsync<KubernetesException>(() => other.CreateAsync(Kinds.Pods, SomePod));
        Assert.Equal(code, failed.Code);
        Assert.Contains("gateway", failed.Message, StringComparison.Ordinal);
        Assert.Single(second.Requests);
    }

    [Fact]
    public async Task A_connection_that_breaks_ends_a_create_and_not_a_read()
    {
        await using var server = await ApiDouble.StartAsync((context, number) =>
        {
            if (number is 0 or 2)
                context.Abort();
            return number is 0 or 2 ? Task.CompletedTask : context.JsonAsync("{}");
        });
        using var client = server.Client();
        await client.GetAsync(Kinds.Nodes, "n");
        var broken = await Assert.ThrowsAsync<KubernetesException>(() => client.CreateAsync(Kinds.Pods, SomePod));
        Assert.True(broken.IsUnanswered);
        Assert.False(broken.NotSent);
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task What_was_never_sent_is_repeated_and_then_says_so()
    {
        // Nobody listens on the port of a server that is gone.
        var server = await ApiDouble.StartAsync((context, _) => context.JsonAsync("{}"));
        using var client = server.Client(change: options => options with { Retries = 2 });
        await server.DisposeAsync();
        var unreachable = await Assert.ThrowsAsync<KubernetesException>(() => client.CreateAsync(Kinds.Pods, SomePod));
        Assert.Equal(Reasons.Unreachable, unreachable.Reason);
        Assert.True(unreachable.NotSent);
        Assert.Contains("POST /api/v1/namespaces/n/pods", unreachable.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_ends_with_its_time()
    {
        var time = new FakeTimeProvider();
        var arrived = new TaskCompletionSource();
        await using var server = await ApiDouble.StartAsync((_, _, stop) =>
        {
            arrived.TrySetResult();
            return Task.Delay(Timeout.Infinite, stop);
        });
        using var client = server.Client(time);
        var call = client.GetAsync(Kinds.Nodes, "n", new RequestOptions { Timeout = TimeSpan.FromSeconds(7) });
        await arrived.Task.Bounded();
        time.Advance(TimeSpan.FromSeconds(7));
        var late = await Assert.ThrowsAsync<KubernetesException>(() => call.Bounded());
        Assert.Equal(Reasons.Timeout, late.Reason);
        Assert.Contains("7 s", late.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("null")]
    [InlineData("""{"metadata":{"name":"n"},"status":{"capacity":{"cpu":"lots"}}}""")]
    public async Task An_answer_that_cannot_be_read_says_what_it_answers(string garbage)
    {
        await using var server = await ApiDouble.StartAsync((context, _) => context.JsonAsync(garbage));
        using var client = server.Client();
        var invalid = await Assert.ThrowsAsync<KubernetesException>(() => client.GetAsync(Kinds.Nodes, "n"));
        Assert.Equal(Reasons.InvalidResponse, invalid.Reason);
        Assert.Contains("GET /api/v1/nodes/n", invalid.Message, StringComparison.Ordinal);
        if (garbage.Contains("lots", StringComparison.Ordinal))
            Assert.Contains("'lots' is not a quantity", invalid.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_token_is_replaced_and_the_request_sent_again_once()
    {
        var folder = Directory.CreateTempSubdirectory("kubernetes-tests-");
        try
        {
            var path = Path.Combine(folder.FullName, "token");
            await File.WriteAllTextAsync(path, "old\n");
            await using var server = await ApiDouble.StartAsync((context, _) => context.Request.Headers.Authorization == "Bearer new"
                ? context.JsonAsync("{}")
                : context.StatusAsync(401, "Unauthorized", "Unauthorized"));
            var time = new FakeTimeProvider();
            using var client = server.Client(time, access: access => access with { Credentials = new TokenFile(path, "test", time) });
            await Assert.ThrowsAsync<KubernetesException>(() => client.CreateAsync(Kinds.Pods, SomePod));
            Assert.Single(server.Requests);

            await File.WriteAllTextAsync(path, "new");
            await client.CreateAsync(Kinds.Pods, SomePod);
            Assert.Equal(3, server.Requests.Count);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_not_taken()
    {
        await using var server = await ApiDouble.StartAsync((context, _) => context.JsonAsync("{}"));
        using var client = server.Client(change: options => options with { Retries = 0 }, access: access => access with { Authorities = null });
        Assert.True((await Assert.ThrowsAsync<KubernetesException>(() => client.GetAsync(Kinds.Nodes, "n"))).NotSent);

        using var insecure = server.Client(access: access => access with { Authorities = null, InsecureSkipTlsVerify = true });
        await insecure.GetAsync(Kinds.Nodes, "n");
        using var misnamed = server.Client(change: options => options with { Retries = 0 }, access: access => access with { TlsServerName = "elsewhere" });
        Assert.True((await Assert.ThrowsAsync<KubernetesException>(() => misnamed.GetAsync(Kinds.Nodes, "n"))).NotSent);
    }

    private static Task PlainAsync(HttpContext context, int code, string text)
    {
        context.Response.StatusCode = code;
        return context.Response.WriteAsync(text);
    }
}
