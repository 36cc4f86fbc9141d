using Microsoft.AspNetCore.Http.Features;

namespace Pipeline.Functions.Api.Events;

/// <summary>
/// <c>GET /api/events</c>: server-sent events <c>snapshot</c>, then <c>delta</c>, and <c>heartbeat</c> when nothing changes. A reconnect gets a snapshot again.
/// </summary>
internal sealed class EventStream(EventFeed feed, ListenerGate gate, EventFeedOptions options, TimeProvider time, IHostApplicationLifetime lifetime)
{
    private const string FullRetryAfter = "5";

    private static readonly byte[] Opening = "retry: 2000\n\n"u8.ToArray();
    // No comment: a browser keeps those to itself, and the page could not tell a quiet line from one that died unheard.
    private static readonly byte[] Heartbeat = "event: heartbeat\ndata: {}\n\n"u8.ToArray();

    public async Task<IResult> ServeAsync(HttpContext http)
    {
        if (!gate.TryEnter())
        {
            http.Response.Headers.RetryAfter = FullRetryAfter;
            return ApiErrorFilter.Error($"There are {options.MaxListeners} listeners already", StatusCodes.Status503ServiceUnavailable);
        }

        // Without the second token an open stream would hold up the end of the process.
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            await FollowAsync(http, ended.Token);
        }
        catch (OperationCanceledException)
        {
            http.Abort();
        }
        finally
        {
            gate.Leave();
        }

        return Results.Empty;
    }

    private async Task FollowAsync(HttpContext http, CancellationToken cancellation)
    {
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["X-Accel-Buffering"] = "no";
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        await WriteAsync(http, Opening, cancellation);

        long sent = 0;
        while (true)
        {
            var state = feed.Current;
            foreach (var frame in state.FramesSince(sent))
                await WriteAsync(http, frame, cancellation);
            if (state.Ready)
                sent = state.Version;
            try
            {
                await state.Replaced.WaitAsync(options.Heartbeat, time, cancellation);
            }
            catch (TimeoutException)
            {
                await WriteAsync(http, Heartbeat, cancellation);
            }
        }
    }

    private async Task WriteAsync(HttpContext http, byte[] bytes, CancellationToken cancellation)
    {
        using var late = new CancellationTokenSource(options.WriteTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
        await http.Response.Body.WriteAsync(bytes, either.Token);
        await http.Response.Body.FlushAsync(either.Token);
    }
}
