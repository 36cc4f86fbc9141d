using Pipeline.Contracts;
using Pipeline.Hotpath.Grpc;
using Pipeline.Hotpath.Tests.Grpc.Interop;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Hotpath.Tests.Support.Http2;

namespace Pipeline.Hotpath.Tests.Grpc;

/// <summary>What a handler throws, and what its caller sees of it.</summary>
public sealed class StatusTests
{
    private static readonly byte[] Nothing = GrpcWire.Frame(new Empty());

    public static TheoryData<string, string> Refusals
    {
        get
        {
            var data = new TheoryData<string, string>
            {
                { nameof(RefusalReason.InvalidArgument), "3" },
                { nameof(RefusalReason.NotFound), "5" },
                { nameof(RefusalReason.AlreadyExists), "6" },
                { nameof(RefusalReason.PermissionDenied), "7" },
                { nameof(RefusalReason.FailedPrecondition), "9" },
                { nameof(RefusalReason.Aborted), "10" },
                { nameof(RefusalReason.OutOfRange), "11" },
                { nameof(RefusalReason.Unauthenticated), "16" },
            };
            Assert.Equal(Enum.GetNames<RefusalReason>().Length, data.Count);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task A_refusal_names_the_field(string reason, string status)
        => Assert.Equal((status, "node: is 100%25 wrong", ""), await EndAsync(new RequestRefusedException(Enum.Parse<RefusalReason>(reason), "node", "is 100% wrong")));

    [Fact]
    public async Task A_full_queue_is_exhaustion_and_anything_else_unavailability_and_both_say_when_to_come_again()
    {
        Assert.Equal(("8", "full", "1000"), await EndAsync(new HotpathUnavailableException("full", TimeSpan.Zero) { QueueFull = true }));
        Assert.Equal(("14", "journal", "30000"), await EndAsync(new HotpathUnavailableException("journal", TimeSpan.FromSeconds(30))));
    }

    [Fact]
    public async Task A_bad_argument_is_the_callers_fault() => Assert.Equal(("3", "limit: is wrong", ""), await EndAsync(new InvalidRequestException("limit: is wrong")));

    [Fact]
    public async Task What_nobody_foresaw_is_unknown_and_kept_to_ourselves()
    {
        Assert.Equal(("2", "The handler failed.", ""), await EndAsync(new InvalidOperationException("a secret")));
        Assert.Equal(("2", "The handler failed.", ""), await EndAsync(new OperationCanceledException("a secret")));
        Assert.Equal(("2", "The handler failed.", ""), await EndAsync(new IOException("a secret")));
        Assert.Equal(("2", "The handler failed.", ""), await EndAsync(new ArgumentException("a secret")));
        Assert.Equal(("2", "The handler failed.", ""), await EndAsync(new ArgumentOutOfRangeException("a secret")));
    }

    [Fact]
    public async Task A_message_too_long_for_a_header_is_cut()
    {
        var (status, message, _) = await EndAsync(new InvalidRequestException(new string('ä', 100_000)));
        Assert.Equal("3", status);
        Assert.InRange(message.Length, 1_000, 4_096);
        Assert.Equal(0, message.Length % "%C3%A4".Length);
    }

    [Fact]
    public async Task Trailers_go_out_with_a_failure_and_headers_before_messages()
    {
        await using var world = await GrpcWorld.StartAsync(add: TestCalls.OutputOf(async (replies, call) =>
        {
            call.Headers.Add("x-head", "1");
            call.Headers.Add("x-head", "2");
            call.Trailers.Add("x-tail-bin", [1, 2]);
            await replies.WriteAsync(TestCalls.Reply(1));
            throw new GrpcException(GrpcStatusCode.DataLoss, "gone");
        }));
        await using var wire = await RawConnection.OpenAsync(world.Port);
        var call = await wire.CallAsync(TestCalls.Output, GrpcWire.Frame(new StreamingOutputCallRequest()));
        Assert.Equal(("15", "1,2", "AQI", 1, 2), (call.Status, call["x-head"], call["x-tail-bin"], call.Messages.Count, call.HeaderBlocks));
    }

    [Theory]
    [InlineData("grpc-status", "x")]
    [InlineData("content-type", "x")]
    [InlineData("Upper", "x")]
    [InlineData("x-bin", "x")]
    [InlineData("", "x")]
    [InlineData("x", "line\nbreak")]
    public void Metadata_that_cannot_be_sent_are_refused(string name, string value)
        => Assert.Throws<InvalidOperationException>(() => new ReplyMetadata().Add(name, value));

    [Fact]
    public void A_method_must_be_as_the_proto_file_has_it()
    {
        using var server = new GrpcServer(new GrpcOptions(), TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        var methods = server.AddTestService();
        Assert.Throws<InvalidOperationException>(() => methods.Unary("Nope", Empty.Parser, (Empty empty, CancellationToken _) => Task.FromResult(empty)));
        Assert.Throws<InvalidOperationException>(() => methods.Unary("UnaryCall", Empty.Parser, (Empty empty, CancellationToken _) => Task.FromResult(empty)));
        Assert.Throws<InvalidOperationException>(() => methods.ClientStreaming("EmptyCall", Empty.Parser, (_, _) => Task.FromResult(new Empty())));
    }

    private static async Task<(string Status, string Message, string Pushback)> EndAsync(Exception exception)
    {
        await using var world = await GrpcWorld.StartAsync(add: TestCalls.UnaryOf(_ => throw exception));
        await using var wire = await RawConnection.OpenAsync(world.Port);
        var call = await wire.CallAsync(TestCalls.Empty, Nothing);
        Assert.Equal((1, 0), (call.HeaderBlocks, call.Body.Length));
        return (call.Status, call["grpc-message"], call["grpc-retry-pushback-ms"]);
    }
}
