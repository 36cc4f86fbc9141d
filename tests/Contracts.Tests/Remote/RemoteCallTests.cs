using Pipeline.Contracts.Client;
using Pipeline.Contracts.Remote;
using Pipeline.Contracts.Tests.Support;
using Pipeline.Contracts.V1;

namespace Pipeline.Contracts.Tests.Remote;

/// <summary>The contract's exceptions for the statuses of gRPC.</summary>
public class RemoteCallTests
{
    [Theory]
    [InlineData(GrpcStatusCode.Unavailable, typeof(HotpathUnavailableException))]
    [InlineData(GrpcStatusCode.ResourceExhausted, typeof(HotpathUnavailableException))]
    [InlineData(GrpcStatusCode.DeadlineExceeded, typeof(HotpathUnavailableException))]
    [InlineData(GrpcStatusCode.Cancelled, typeof(HotpathUnavailableException))]
    [InlineData(GrpcStatusCode.InvalidArgument, typeof(InvalidRequestException))]
    [InlineData(GrpcStatusCode.Unimplemented, typeof(GrpcCallException))]
    [InlineData(GrpcStatusCode.Unknown, typeof(GrpcCallException))]
    public async Task A_status_becomes_what_the_contract_promises(GrpcStatusCode status, Type expected)
    {
        await using var server = await TestServer.StartAsync(http => http.RefuseAsync(status, "limit: too much"));
        using var channel = server.Channel();
        var thrown = await Assert.ThrowsAsync(expected, () => new RemoteRepairApi(channel).SweepAsync(new SweepRequest()));
        Assert.Contains("limit: too much", thrown.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(GrpcStatusCode.NotFound, RefusalReason.NotFound)]
    [InlineData(GrpcStatusCode.AlreadyExists, RefusalReason.AlreadyExists)]
    [InlineData(GrpcStatusCode.PermissionDenied, RefusalReason.PermissionDenied)]
    [InlineData(GrpcStatusCode.FailedPrecondition, RefusalReason.FailedPrecondition)]
    public async Task A_refusal_keeps_its_reason_and_its_field(GrpcStatusCode status, RefusalReason reason)
    {
        await using var server = await TestServer.StartAsync(http => http.RefuseAsync(status, "traits.project: there is none: 'x'"));
        using var channel = server.Channel();
        var refused = await Assert.ThrowsAsync<RequestRefusedException>(() => new RemoteSchedulerApi(channel).PlaceAsync(new PlaceRequest()));
        Assert.Equal((reason, "traits.project", "traits.project: there is none: 'x'"), (refused.Reason, refused.Field, refused.Message));
    }

    [Fact]
    public async Task A_reset_leaves_the_outcome_unknown()
    {
        await using var server = await TestServer.StartAsync(http =>
        {
            http.Reset(0x2);
            return Task.CompletedTask;
        });
        using var channel = server.Channel();
        await Assert.ThrowsAsync<HotpathUnavailableException>(() => new RemoteSchedulerApi(channel).PlaceAsync(new PlaceRequest()));
    }

    [Fact]
    public async Task The_server_says_how_long_to_wait()
    {
        await using var server = await TestServer.StartAsync(http =>
        {
            http.Response.Headers["grpc-retry-pushback-ms"] = "5000";
            return http.RefuseAsync(GrpcStatusCode.Unavailable);
        });
        using var channel = server.Channel();
        var busy = await Assert.ThrowsAsync<HotpathUnavailableException>(() => new RemoteRepairApi(channel).SweepAsync(new SweepRequest()));
        Assert.Equal(TimeSpan.FromSeconds(5), busy.RetryAfter);
    }

    [Fact]
    public async Task Nobody_there_is_unavailable()
    {
        using var channel = new GrpcChannel(new GrpcChannelOptions { Address = new Uri("http://127.0.0.1:1"), Retry = new GrpcRetryOptions { Retries = 0 } }, TimeProvider.System);
        var away = await Assert.ThrowsAsync<HotpathUnavailableException>(() => new RemoteRepairApi(channel).SweepAsync(new SweepRequest()));
        Assert.Contains("http://127.0.0.1:1/", away.Message, StringComparison.Ordinal);
    }
}
