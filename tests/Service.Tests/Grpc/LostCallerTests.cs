using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Hotpath.Grpc;
using Pipeline.Hotpath.Tests.Grpc.Interop;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Hotpath.Tests.Support.Http2;

namespace Pipeline.Hotpath.Tests.Grpc;

/// <summary>A stream that is reset ends its output first and says that the request is aborted afterwards, on another thread.</summary>
public sealed class LostCallerTests
{
    [Fact]
    public async Task A_handler_is_interrupted_when_its_output_is_found_closed_before_the_abort_is_announced()
    {
        var ended = false;
        using var grpc = new GrpcServer(new GrpcOptions(), TimeProvider.System, NullLogger.Instance);
        TestCalls.OutputOf(async (replies, call) =>
        {
            await replies.WriteAsync(TestCalls.Reply(1));
            try
            {
                await TestCalls.ForeverAsync(call.Cancellation);
            }
            finally
            {
                ended = true;
            }
        })(grpc);
        var http = new DefaultHttpContext { Request = { Method = HttpMethods.Post, Path = TestCalls.Output, ContentType = "application/grpc" } };
        http.Request.Body = new MemoryStream(GrpcWire.Frame(new StreamingOutputCallRequest()));
        http.Features.Set<IHttpResponseBodyFeature>(new ClosedBody());

        await grpc.ServeAsync(http).WaitAsync(RawConnection.Bound);

        Assert.True(ended);
        Assert.Equal("1", http.Response.Headers["grpc-status"]);
    }

    private sealed class ClosedBody : IHttpResponseBodyFeature
    {
        private readonly Pipe _pipe = new();

        public ClosedBody() => _pipe.Reader.Complete();

        public Stream Stream => _pipe.Writer.AsStream();

        public PipeWriter Writer => _pipe.Writer;

        public void DisableBuffering()
        {
        }

        public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

        public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) => Task.CompletedTask;

        public Task CompleteAsync() => Task.CompletedTask;
    }
}
