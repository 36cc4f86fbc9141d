using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Pipeline.Hotpath.Tests.Support;

namespace Pipeline.Hotpath.Tests.Grpc.Interop;

/// <summary>A gRPC client that others wrote, with the script that makes it run the cases.</summary>
internal sealed record GrpcPeer(string Name, string Program, string Script, string Sign)
{
    public static readonly GrpcPeer Node = new("grpc-js", "node", "client.js", Path.Combine(Cache, "grpc-js", "node_modules", "@grpc", "grpc-js", "package.json"));

    // Debian's own Python, which has Debian's grpc; another one may come first on the PATH.
    public static readonly GrpcPeer Python = new("python3-grpcio", "/usr/bin/python3", "client.py", "/usr/lib/python3/dist-packages/grpc/__init__.py");

    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(2);

    // As tests/peers/install.sh has it.
    private static string Cache => Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") ?? Path.Combine(Environment.GetEnvironmentVariable("HOME") ?? "/", ".cache"), "pipeline-tests");

    public bool IsInstalled => File.Exists(Sign) && File.Exists("/usr/share/grpc-proto/grpc/testing/test.proto");

    /// <summary>Runs every case against a server.</summary>
    /// <returns>What each came to: "ok", or what went wrong.</returns>
    public async Task<IReadOnlyDictionary<string, string>> RunAsync(int port)
    {
        var start = new ProcessStartInfo(Program, [Path.Combine(Repository, "tests", "peers", "grpc", Script), $"127.0.0.1:{port}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["NODE_PATH"] = Path.Combine(Cache, "grpc-js", "node_modules");
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{Program} did not start.");
        using var timeout = new CancellationTokenSource(Bound);
        using var kill = timeout.Token.Register(process.Kill);
        var errors = process.StandardError.ReadToEndAsync();
        var results = new ConcurrentDictionary<string, string>();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            var result = JsonSerializer.Deserialize<string[]>(line)!;
            results[result[0]] = result[1];
        }

        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? results : throw new InvalidOperationException($"{Name} ended with {process.ExitCode}: {await errors}");
    }

    private static string Repository
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(folder.FullName, "Pipeline.sln")))
                folder = folder.Parent ?? throw new InvalidOperationException("There is no Pipeline.sln above the tests.");
            return folder.FullName;
        }
    }
}

/// <summary>
/// A test that needs a foreign client. Without it the test is skipped with the reason, unless the test command (which installs the
/// peers) asks for all of them: then it runs and fails.
/// </summary>
internal sealed class GrpcPeerTheoryAttribute : TheoryAttribute
{
    public GrpcPeerTheoryAttribute(string peer)
    {
        var client = peer == "node" ? GrpcPeer.Node : GrpcPeer.Python;
        if (Environment.GetEnvironmentVariable("PIPELINE_REQUIRE_PEERS") != "1" && !client.IsInstalled)
            Skip = $"{client.Name} is not installed; bash tests/run.sh installs it.";
    }
}
