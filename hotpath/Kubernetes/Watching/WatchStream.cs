using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Transport;

namespace Pipeline.Kubernetes.Watching;

/// <summary>The events of one watch, from its begin to its end. It reads no faster than its consumer, so nothing piles up here.</summary>
internal sealed class WatchStream<T>(ApiTransport transport, ApiRequest request, ResourceKind<T> kind, ReflectorOptions options, TimeProvider time)
    where T : KubernetesObject
{
    private const byte NewLine = (byte)'\n';

    /// <summary>Ends when the server ends it.</summary>
    /// <exception cref="KubernetesException">The server refused, the connection broke or fell silent, or an event cannot be read.</exception>
    public async IAsyncEnumerable<WatchEvent<T>> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        using var response = await transport.OpenAsync(request, cancellation).ConfigureAwait(false);
        var body = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        var pipe = PipeReader.Create(body, new StreamPipeReaderOptions(bufferSize: 64 * 1024));
        using var silence = new SilenceTimer(options.SilenceTimeout, time, cancellation);
        try
        {
            while (true)
            {
                var read = await FillAsync(pipe, silence).ConfigureAwait(false);
                var rest = read.Buffer;
                while (rest.PositionOf(NewLine) is { } end)
                {
                    var line = rest.Slice(0, end);
                    rest = rest.Slice(rest.GetPosition(1, end));
                    if (!line.IsEmpty)
                        yield return Decode(line);
                }

                // What follows the last line end is a line that was cut off.
                if (read.IsCompleted)
                    yield break;
                if (rest.Length > options.MaxEventSize)
                    throw ApiErrors.Invalid(request, $"an event is larger than {options.MaxEventSize} bytes");
                pipe.AdvanceTo(rest.Start, rest.End);
            }
        }
        finally
        {
            await pipe.CompleteAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask<ReadResult> FillAsync(PipeReader pipe, SilenceTimer silence)
    {
        var token = silence.Start();
        try
        {
            return await pipe.ReadAsync(token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (silence.IsOver)
        {
            throw new KubernetesException(0, Reasons.Unreachable, $"The watch of {kind} was silent for {options.SilenceTimeout.TotalSeconds:0.###} s.", inner: exception);
        }
        catch (Exception exception) when (ApiErrors.Of(request, exception) is { } failure)
        {
            throw failure;
        }
        finally
        {
            silence.Stop();
        }
    }

    private WatchEvent<T> Decode(in ReadOnlySequence<byte> line)
    {
        try
        {
            return WatchEventReader.Read(line, kind);
        }
        catch (JsonException exception)
        {
            throw ApiErrors.Invalid(request, exception.Message, exception);
        }
    }
}
