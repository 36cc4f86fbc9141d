using System.Net;
using Microsoft.Extensions.Options;
using Pipeline.Functions.GrafanaWebhook;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Hosting.Queues;
using Pipeline.Functions.Hosting.Settings;
using Pipeline.Functions.Repair.Playbooks;
using Pipeline.Functions.Repair.Steps;
using Pipeline.Hotpath;
using Pipeline.Hotpath.Cluster.Simulated;
using Pipeline.Hotpath.Http;

namespace Pipeline.Functions.Composition;

/// <summary>
/// The whole product in one process, put together in the order in which the parts need each other:
/// cluster, queue, service, functions, web server.
/// </summary>
internal sealed class PipelineApp : IAsyncDisposable
{
    // Taken down in the opposite order.
    private readonly Stack<IAsyncDisposable> _parts = new();
    private readonly TaskCompletionSource<int> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static async Task<PipelineApp> StartAsync(LaunchOptions options, CancellationToken cancellation)
    {
        var app = new PipelineApp();
        try
        {
            await app.BuildAsync(options, TimeProvider.System, cancellation);
            return app;
        }
        catch (Exception exception)
        {
            await app.DisposeAsync();
            throw exception is OptionsValidationException or PlaybookException or FunctionAppException or ArgumentException or InvalidDataException
                ? new StartupException(exception.Message, exception)
                : exception;
        }
    }

    /// <returns>The exit code: 0 when asked to stop, 1 when the engine broke and the process must be started again.</returns>
    public async Task<int> WaitForShutdownAsync(CancellationToken cancellation)
    {
        using var stop = cancellation.Register(() => _ended.TrySetResult(0));
        return await _ended.Task;
    }

    public async ValueTask DisposeAsync()
    {
        while (_parts.TryPop(out var part))
            await part.DisposeAsync();
    }

    private async Task BuildAsync(LaunchOptions options, TimeProvider time, CancellationToken cancellation)
    {
        var settings = Settings.Load(Directory.GetCurrentDirectory());
        var grafana = GrafanaOptions.From(settings);
        grafana.Validate(IPAddress.IsLoopback(options.Bind));
        var loggers = Keep(Logging.Create(settings));
        var metrics = Keep(new MetricsPage());

        var simulation = SimulationSettings.Read(settings, options);
        var cluster = Keep(new SimulatedCluster(simulation, time, loggers.CreateLogger<SimulatedCluster>()));
        var executors = StepExecutors.Over(cluster, cluster, time);
        var playbooks = PlaybookLoader.Load(PlaybookOptions.From(settings).Directory, executors.IsRepeatable);

        var functionMetrics = Keep(new FunctionMetrics());
        var queue = await EmbeddedQueueStore.OpenAsync(
            Path.Combine(options.Data, "queue"), new EmbeddedQueueOptions(), time, functionMetrics, loggers.CreateLogger<EmbeddedQueue>());
        _parts.Push(queue);

        var hotpath = await HotpathService.StartAsync(
            HotpathSettings.Read(settings, options), cluster, new QueueWakeups(queue), time, loggers, cancellation);
        _parts.Push(hotpath);
        _ = hotpath.Loop.Crashed.ContinueWith(_ => _ended.TrySetResult(1), TaskScheduler.Default);
        await hotpath.Repair.SetPolicyAsync(PolicyTime.Scale(playbooks.Policy, simulation.Speed), cancellation);

        _parts.Push(await HotpathWebHost.StartGrpcAsync(hotpath, options.Bind, options.GrpcPort, HotpathSettings.ReadGrpc(settings), time, loggers));
        _parts.Push(await HotpathWebHost.StartHttpAsync(hotpath, metrics, options.Bind, options.HotpathHttpPort, loggers));
        var parts = new FunctionParts(hotpath, cluster, queue, executors, playbooks.Taxonomy, functionMetrics, metrics, time, loggers);
        _parts.Push(await FunctionsWebHost.StartAsync(parts, options, settings));
    }

    private T Keep<T>(T part)
        where T : IDisposable
    {
        _parts.Push(new Disposing(part));
        return part;
    }

    private sealed class Disposing(IDisposable part) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            part.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
