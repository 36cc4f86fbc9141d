using Pipeline.Hotpath.Tests.Support;

namespace Pipeline.Hotpath.Tests.Grpc.Interop;

/// <summary>Every case that two foreign clients, with cores of their own, have for a server.</summary>
public sealed class InteropTests(InteropRuns runs) : IClassFixture<InteropRuns>
{
    [GrpcPeerTheory("node")]
    [InlineData("empty_unary")]
    [InlineData("large_unary")]
    [InlineData("client_streaming")]
    [InlineData("server_streaming")]
    [InlineData("ping_pong")]
    [InlineData("empty_stream")]
    [InlineData("cancel_after_begin")]
    [InlineData("cancel_after_first_response")]
    [InlineData("timeout_on_sleeping_server")]
    [InlineData("custom_metadata")]
    [InlineData("status_code_and_message")]
    [InlineData("special_status_message")]
    [InlineData("unimplemented_method")]
    [InlineData("unimplemented_service")]
    [InlineData("client_compressed_unary")]
    [InlineData("client_compressed_streaming")]
    [InlineData("server_compressed_unary")]
    [InlineData("server_compressed_streaming")]
    [InlineData("unsupported_compression")]
    [InlineData("health_check")]
    [InlineData("health_watch")]
    [InlineData("reflection_v1")]
    [InlineData("reflection_v1alpha")]
    public async Task Node(string name) => Assert.Equal("ok", (await runs.Node.Value).GetValueOrDefault(name, "did not run"));

    [GrpcPeerTheory("python")]
    [InlineData("empty_unary")]
    [InlineData("large_unary")]
    [InlineData("client_streaming")]
    [InlineData("server_streaming")]
    [InlineData("ping_pong")]
    [InlineData("empty_stream")]
    [InlineData("cancel_after_begin")]
    [InlineData("cancel_after_first_response")]
    [InlineData("timeout_on_sleeping_server")]
    [InlineData("custom_metadata")]
    [InlineData("status_code_and_message")]
    [InlineData("special_status_message")]
    [InlineData("unimplemented_method")]
    [InlineData("unimplemented_service")]
    [InlineData("client_compressed_unary")]
    [InlineData("client_compressed_streaming")]
    [InlineData("server_compressed_unary")]
    [InlineData("server_compressed_streaming")]
    [InlineData("unsupported_compression")]
    [InlineData("health_check")]
    [InlineData("health_watch")]
    [InlineData("reflection_v1")]
    [InlineData("reflection_v1alpha")]
    public async Task Python(string name) => Assert.Equal("ok", (await runs.Python.Value).GetValueOrDefault(name, "did not run"));
}

/// <summary>One server, and one run of each client over all cases.</summary>
public sealed class InteropRuns : IAsyncLifetime
{
    private GrpcWorld _world = null!;

    internal Lazy<Task<IReadOnlyDictionary<string, string>>> Node { get; private set; } = null!;

    internal Lazy<Task<IReadOnlyDictionary<string, string>>> Python { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        _world = await GrpcWorld.StartAsync();
        Node = new(() => GrpcPeer.Node.RunAsync(_world.Port));
        Python = new(() => GrpcPeer.Python.RunAsync(_world.Port));
    }

    public async Task DisposeAsync() => await _world.DisposeAsync();
}
