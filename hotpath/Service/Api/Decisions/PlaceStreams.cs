using Pipeline.Contracts;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Grpc;
using Pipeline.Hotpath.Loop;

namespace Pipeline.Hotpath.Api.Decisions;

/// <summary>
/// Place, Confirm and Release on a stream. What has arrived is decided together: in one turn of the loop, and answered in one
/// write. The window is the client's from the start, and each answer gives back the credit that its request took;
/// so a client that keeps to its credits is never found with more waiting than the window has.
/// </summary>
/// <param name="window">Requests that may wait for their answers.</param>
/// <param name="wakeQueue">Asks for a pass through the queue.</param>
public sealed class PlaceStreams(EngineLoop loop, int window, Action wakeQueue)
{
    private readonly PolicyNamesCache _names = new();

    /// <exception cref="GrpcException">The client sent more than it had credits for, or what it sent is no message.</exception>
    public async Task ServeAsync(RequestStream<PlaceStreamRequest> requests, ReplyStream<PlaceStreamReply> replies, GrpcCall call)
    {
        await replies.WriteAsync(new PlaceStreamReply { Credits = (uint)window }).ConfigureAwait(false);
        var waiting = new List<PlaceStreamRequest>();
        var turn = new StreamTurn(loop, _names, wakeQueue);
        while (await requests.ReadAsync().ConfigureAwait(false) is { } first)
        {
            waiting.Add(first);
            while (waiting.Count <= window && requests.TryRead(out var next))
                waiting.Add(next);
            var count = Math.Min(waiting.Count, window);
            for (var at = 0; at < count; at += turn.Capacity)
            {
                call.Cancellation.ThrowIfCancellationRequested();
                var some = Math.Min(turn.Capacity, count - at);
                await replies.WriteAllAsync(await turn.AnswerAsync(waiting, at, some).ConfigureAwait(false)).ConfigureAwait(false);
            }

            if (waiting.Count > count)
                throw new GrpcException(GrpcStatusCode.ResourceExhausted, $"More than {window} requests wait for their answers.");
            waiting.Clear();
        }
    }
}
