using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Pipeline.TestControlPlane;

namespace Pipeline.EndToEnd.Tests;

/// <summary>
/// The product as a user starts it: one process, or two with the hotpath alone in the other; its own folder of data, ports of its own.
/// Each process can be killed and started again.
/// </summary>
internal sealed class Product : IDisposable
{
    // A cold start on a loaded two-core machine; only a broken start takes this long.
    private static readonly TimeSpan StartBound = TimeSpan.FromSeconds(60);

    private readonly int[] _ports = FreePorts.Take(3);
    private readonly Dictionary<string, string> _environment;
    private readonly string[] _arguments;
    private ChildProcess? _process;
    private ChildProcess? _hotpath;

    public Product(IReadOnlyDictionary<string, string>? settings = null, params string[] arguments)
    {
        Data = Directory.CreateTempSubdirectory("pipeline-e2e-").FullName;
        _environment = new Dictionary<string, string>
        {
            ["Simulation__Speed"] = "1000",
            ["DOTNET_TieredPGO"] = "0",
        };
        foreach (var (name, value) in settings ?? new Dictionary<string, string>())
            _environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        _arguments = arguments;
    }

    public string Data { get; }

    public Uri Address => new($"{Scheme}://127.0.0.1:{_ports[0]}");

    public int GrpcPort => _ports[1];

    public Uri HotpathAddress => new($"{Scheme}://127.0.0.1:{_ports[2]}");

    public HttpClient Http { get; init; } = new() { Timeout = TimeSpan.FromSeconds(30) };

    /// <summary>Of its ports; the settings have the certificates.</summary>
    public string Scheme { get; init; } = "http";

    /// <summary>The hotpath is a process of its own.</summary>
    public bool Split { get; init; }

    public string Output => $"{_process?.Output}\n{_hotpath?.Output}";

    public ChildProcess Process => _process ?? throw new InvalidOperationException("The product is not running.");

    /// <summary>Starts the process without waiting for it to be ready.</summary>
    public void Launch(params string[] more)
    {
        string[] hotpath = Split ? ["--hotpath", $"{Scheme}://127.0.0.1:{_ports[1]}"] : HotpathPorts;
        _process = Run("Pipeline.Functions.dll", ["--http-port", $"{_ports[0]}", .. hotpath, "--data", Data, .. _arguments, .. more]);
    }

    /// <summary>Starts the hotpath of a split product without waiting for it to be ready.</summary>
    public void LaunchHotpath() => _hotpath = Run("Pipeline.Hotpath.dll", [.. HotpathPorts, "--data", Data]);

    public async Task StartAsync(params string[] more)
    {
        if (Split && _hotpath is null)
            LaunchHotpath();
        Launch(more);
        await Eventually.TrueAsync("readiness", StartBound, IsReadyAsync, () => Output);
    }

    /// <summary>It ends by itself. Its output is whole by then, which it need not be as soon as it has exited.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> EndsAsync(TimeSpan bound)
    {
        await Eventually.TrueAsync("the end", bound, () => Task.FromResult(Process.HasExited), () => Output);
        return await Process.WaitForExitAsync(bound);
    }

    public async Task<bool> IsReadyAsync()
    {
        foreach (var process in new[] { _process, _hotpath })
        {
            if (process?.HasExited == true)
                throw new InvalidOperationException($"The product ended with {process.ExitCode}:\n{Output}");
        }

        try
        {
            using var response = await Http.GetAsync(new Uri(Address, "/readyz"));
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private string[] HotpathPorts => ["--grpc-port", $"{_ports[1]}", "--hotpath-http-port", $"{_ports[2]}"];

    /// <summary>kill -9.</summary>
    public void Kill() => Process.Kill();

    /// <summary>kill -9 of the hotpath of a split product.</summary>
    public void KillHotpath() => _hotpath!.Kill();

    public Task<JsonElement> GetAsync(string path) => Http.GetFromJsonAsync<JsonElement>(new Uri(Address, path));

    public Task<HttpResponseMessage> PostAsync(string path, string json)
        => Http.PostAsync(new Uri(Address, path), new StringContent(json, Encoding.UTF8, "application/json"));

    /// <summary>Waits until the newest run of the node has ended, and gives it.</summary>
    public async Task<JsonElement> EndedRunOfAsync(string node, TimeSpan bound)
    {
        var found = default(JsonElement);
        await Eventually.TrueAsync($"the end of the run on {node}", bound, async () =>
        {
            var runs = await GetAsync("/api/runs?limit=500");
            foreach (var run in runs.GetProperty("runs").EnumerateArray().Where(run => run.GetProperty("node").GetString() == node))
            {
                found = run.Clone();
                return run.GetProperty("state").GetString() is "Healthy" or "Escalated" or "NeedsHardware";
            }

            return false;
        }, () => $"{found}\n{Output}");
        return found;
    }

    /// <summary>Waits until the node is schedulable in the model and carries no mark of ours in the cluster.</summary>
    public Task WaitUntilReturnedAsync(string node) => Eventually.TrueAsync($"the return of {node}", StartBound, async () =>
    {
        var found = await GetAsync($"/api/nodes/{node}");
        return found.GetProperty("health").GetString() == "Healthy" && found.GetProperty("cordonOwner").GetString() is null or "";
    }, () => Output);

    public void Dispose()
    {
        _process?.Dispose();
        _hotpath?.Dispose();
        Http.Dispose();
        Directory.Delete(Data, recursive: true);
    }

    private ChildProcess Run(string assembly, IEnumerable<string> arguments)
        => new("dotnet", [Path.Combine(AppContext.BaseDirectory, assembly), .. arguments], _environment, AppContext.BaseDirectory);
}
