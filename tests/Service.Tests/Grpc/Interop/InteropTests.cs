using Pipeline.Hotpath.Tests.Support;

namespace Pipeline.Hotpath.Tests.Grpc.Interop;

/// <summary>Every case that two foreign clients, with cores of their own, have for a server.</summary>
public sealed class InteropTests(InteropRuns runs) : IClassFixture<InteropRuns>
{
    public static TheoryData<string> Cases { get; } =
    [
        "empty_unary",
        "large_unary",
        "client_streaming",
        "server_streaming",
        "ping_pong",
        "empty_stream",
        "cancel_after_begin",
        "cancel_after_first_response",
        "timeout_on_sleeping_server",
        "custom_metadata",
        "status_code_and_message",
        "special_status_message",
        "unimplemented_method",
        "unimplemented_service",
        "client_compressed_unary",
        "client_compressed_streaming",
        "server_compressed_unary",
        "server_compressed_streaming",
        "unsupported_compression",
        "health_check",
        "health_watch",
        "reflection_v1",
        "reflection_v1alpha",
    ];

    [GrpcPeerTheory("node")]
    [MemberData(nameof(Cases))]
    public async Task Node(string name) => Assert.Equal("ok", (await runs.Node.Value).GetValueOrDefault(name, "did not run"));

    [GrpcPeerTheory("python")]
    [MemberData(nameof(Cases))]
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
