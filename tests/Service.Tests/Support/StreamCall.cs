using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;

namespace Pipeline.Hotpath.Tests.Support;

/// <summary>A bidirectional gRPC call whose every write a test decides.</summary>
internal sealed class StreamCall<TReply> : IAsyncDisposable
    where TReply : class, IMessage<TReply>
{
    private readonly OpenContent _body = new();
    private readonly HttpRequestMessage _request;
    private readonly MessageParser<TReply> _parser;
    private HttpResponseMessage _response = null!;
    private Stream _replies = null!;

    private StreamCall(HttpRequestMessage request, MessageParser<TReply> parser)
    {
        (_request, _parser) = (request, parser);
        _request.Content = _body;
        _body.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        _request.Headers.TryAddWithoutValidation("te", "trailers");
    }

    /// <summary>Of a call that has ended.</summary>
    public (string Status, string Message) End => (Find("grpc-status"), Uri.UnescapeDataString(Find("grpc-message")));

    /// <summary>Opens the call and waits for the headers, which come with the first reply.</summary>
    public static async Task<StreamCall<TReply>> OpenAsync(HttpClient client, string method, MessageParser<TReply> parser)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, method) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        var call = new StreamCall<TReply>(request, parser);
        call._response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        call._replies = await call._response.Content.ReadAsStreamAsync();
        return call;
    }

    /// <summary>All in one write, which below 16 KiB is one DATA frame.</summary>
    public async Task SendAsync(params IEnumerable<IMessage> messages)
    {
        var stream = await _body.Opened;
        await stream.WriteAsync(messages.SelectMany(message => GrpcCall.Frame(message)).ToArray());
        await stream.FlushAsync();
    }

    public void HalfClose() => _body.Close();

    /// <summary>The next reply, or null after the last one.</summary>
    public async Task<TReply?> ReadAsync()
    {
        var prefix = new byte[5];
        var read = await _replies.ReadAtLeastAsync(prefix, prefix.Length, throwOnEndOfStream: false);
        if (read == 0)
            return null;
        Assert.Equal((5, 0), (read, prefix[0]));
        var message = new byte[BinaryPrimitives.ReadUInt32BigEndian(prefix.AsSpan(1))];
        await _replies.ReadExactlyAsync(message);
        return _parser.ParseFrom(message);
    }

    public async Task<List<TReply>> ReadAsync(int count)
    {
        var replies = new List<TReply>();
        while (replies.Count < count && await ReadAsync() is { } reply)
            replies.Add(reply);
        return replies;
    }

    /// <summary>A call that has not ended is reset.</summary>
    public ValueTask DisposeAsync()
    {
        _response.Dispose();
        _body.Close();
        _request.Dispose();
        return ValueTask.CompletedTask;
    }

    private string Find(string name)
        => _response.TrailingHeaders.TryGetValues(name, out var values) || _response.Headers.TryGetValues(name, out values) ? values.Single() : "";

    private sealed class OpenContent : HttpContent
    {
        private readonly TaskCompletionSource<Stream> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<Stream> Opened => _opened.Task;

        public void Close() => _closed.TrySetResult();

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            _opened.SetResult(stream);
            return _closed.Task;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
