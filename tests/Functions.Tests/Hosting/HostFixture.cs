using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Hosting.Queues;
using Pipeline.Functions.Hosting.Settings;
using Pipeline.Functions.Hosting.Triggers;
using Pipeline.Functions.Tests.Hosting.Settings;
using Pipeline.TestDoubles.Time;

namespace Pipeline.Functions.Tests.Hosting;

/// <summary>An embedded host over a temporary app, a log in memory and a clock that the test moves.</summary>
internal sealed class HostFixture : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly FunctionMetrics _metrics = new();
    private EmbeddedTriggerHost? _host;

    /// <param name="manual">The queue commits only when the test says so.</param>
    public HostFixture(bool manual = false)
    {
        Log = new MemoryLog { Manual = manual };
        Queue = new EmbeddedQueue(Log, new EmbeddedQueueOptions(), Time);
    }

    public MemoryLog Log { get; }

    public FakeTimeProvider Time { get; } = new();

    public AppRoot Root { get; } = new();

    public FunctionRegistry Registry { get; } = new();

    public EmbeddedQueue Queue { get; }

    public MemoryMonitor Monitor { get; } = new();

    public EmbeddedHostOptions Options { get; init; } = new();

    public EmbeddedTriggerHost Host => _host ??=
        new EmbeddedTriggerHost(FunctionApp.Load(Root.Path), Registry, Queue, Monitor, Options, Time, _metrics, NullLogger<EmbeddedTriggerHost>.Instance);

    public Task StartAsync() => Host.StartAsync(CancellationToken.None);

    public Task SendAsync(string message) => Queue.SendAsync("steps", message, TimeSpan.Zero, CancellationToken.None);

    /// <summary>Waits until a step of the host that runs on its own has happened; fails after a time that no machine needs.</summary>
    public static async Task UntilAsync(Func<bool> holds, string what)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!holds())
        {
            Assert.False(patience.IsCancellationRequested, $"It never happened: {what}.");
            await Task.Yield();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _host?.Dispose();
        if (_host is not null)
            await _host.Completion.WaitAsync(Patience);
        Log.Commit();
        await Queue.DisposeAsync();
        _metrics.Dispose();
        Root.Dispose();
    }
}

internal sealed class MemoryMonitor : IScheduleMonitor
{
    public Dictionary<string, ScheduleStatus> Statuses { get; } = [];

    public ScheduleStatus? Read(string function) => Statuses.GetValueOrDefault(function);

    public Action OnWrite { get; set; } = () => { };

    public void Write(string function, ScheduleStatus status)
    {
        OnWrite();
        Statuses[function] = status;
    }
}
