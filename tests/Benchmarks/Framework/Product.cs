using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Pipeline.TestControlPlane;

namespace Pipeline.Benchmarks.Framework;

/// <summary>The product in a process of its own, started as a user starts the built program; its output goes to a file.</summary>
internal sealed class Product : IDisposable
{
    // A look at a port that is not open yet costs exceptions; more often, they take from the start that is measured.
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan TooLong = TimeSpan.FromMinutes(2);
    private static readonly HttpClient Http = new();

    private const string Program = "Pipeline.Functions";

    private readonly Process _process;
    private readonly string _output;

    /// <param name="directory">Data, output and working directory; survives the process.</param>
    /// <param name="nodes">Null: the default.</param>
    /// <param name="settings">As environment variables.</param>
    public Product(string directory, int? nodes = null, params IEnumerable<(string Name, string Value)> settings)
        : this(directory, nodes is { } n ? $"--nodes {n}" : "", settings)
    {
    }

    private Product(string directory, string more, IEnumerable<(string Name, string Value)> settings)
    {
        _output = Path.Combine(directory, "output.txt");
        Port = FreePorts.Take(1)[0];
        var arguments = $"--http-port {Port} --grpc-port 0 --hotpath-http-port 0 --data {directory}/data {more}";
        _process = Child.Start(Path.Combine(Published ?? "", Program), arguments, directory, _output, settings);
    }

    /// <summary>Directory of a published product; null (the default): what was built beside this program.</summary>
    public static string? Published { get; private set; }

    public int Port { get; }

    /// <summary>Processor time so far, of all its threads.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public int ProcessId => _process.Id;

    /// <summary>Resident bytes.</summary>
    public long MemoryBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>On a real cluster instead of a simulated one.</summary>
    public static Product OnKubernetes(string directory, string kubeconfig, params IEnumerable<(string Name, string Value)> settings)
        => new(directory, $"--cluster kubernetes --kubeconfig {kubeconfig}", settings);

    /// <returns>False: there is no product in the directory.</returns>
    public static bool Use(string directory)
    {
        Published = Path.GetFullPath(directory);
        return File.Exists(Path.Combine(Published, $"{Program}.dll"));
    }

    public async Task WaitUntilReadyAsync(TimeProvider time)
    {
        var started = time.GetTimestamp();
        while (!await IsReadyAsync())
        {
            if (_process.HasExited || time.GetElapsedTime(started) > TooLong)
                throw new InvalidOperationException($"The product is not ready. {await File.ReadAllTextAsync(_output)}");
            await Task.Delay(LookEvery, time);
        }
    }

    public Task<string> GetAsync(string path) => Http.GetStringAsync(new Uri($"http://127.0.0.1:{Port}{path}"));

    /// <summary>Waits until the model changes no more.</summary>
    public async Task SettleAsync(TimeProvider time)
    {
        for (var (last, now) = ("", await SequenceAsync()); last != now; (last, now) = (now, await SequenceAsync()))
            await Task.Delay(Quiet, time);
    }

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            Kill();
        _process.Dispose();
    }

    private async Task<string> SequenceAsync()
    {
        using var list = JsonDocument.Parse(await GetAsync("/api/nodes?limit=1"));
        return list.RootElement.GetProperty("sequence").ToString();
    }

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            using var answer = await Http.GetAsync(new Uri($"http://127.0.0.1:{Port}/readyz"));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
