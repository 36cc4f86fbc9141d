using Microsoft.Extensions.Options;
using Pipeline.Contracts.Client;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Hosting.Queues;
using Pipeline.Functions.Hosting.Settings;
using Pipeline.Functions.Policy;
using Pipeline.Functions.Repair.Playbooks;
using Pipeline.Functions.Repair.Steps;
using Pipeline.Hotpath.Hosting;
using Pipeline.Hotpath.Hosting.Election;
using Pipeline.Hotpath.Http;

namespace Pipeline.Functions.Composition;

/// <summary>
/// The product, put together in the order in which the parts need each other: cluster (or the way to the hotpath that has it), queue,
/// hotpath, functions, web server.
/// </summary>
internal sealed class PipelineApp : IAsyncDisposable
{
    private readonly PartStack _parts = new();
    private Task _crashed = Task.CompletedTask;
    private LeadershipHost? _leadership;

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
            throw exception is OptionsValidationException or PlaybookException or PolicyException or FunctionAppException
                ? new StartupException(exception.Message, exception)
                : exception;
        }
    }

    /// <returns>The exit code.</returns>
    public Task<int> WaitForShutdownAsync(CancellationToken cancellation) => ExitCodes.OfRunAsync(_crashed, _leadership, cancellation);

    public ValueTask DisposeAsync() => _parts.DisposeAsync();

    private async Task BuildAsync(LaunchOptions options, TimeProvider time, CancellationToken cancellation)
    {
        if (options.Hotpath is null)
            Rehearsal.Begin();
        var settings = Settings.Load(Directory.GetCurrentDirectory());
        var own = FunctionsSettings.Read(settings, AppContext.BaseDirectory, options.Service.Bind);
        var loggers = _parts.Keep(Logging.Create(settings));
        var metrics = _parts.Keep(new MetricsPage());

        var endpoint = HttpEndpoint.Read(options.HttpPort, "Http:Tls", settings, time, loggers);
        var hotpath = CreateHotpath(options, endpoint, settings, metrics, time, loggers);
        var executors = StepExecutors.Over(hotpath.Workloads, hotpath.Nodes, time);
        var playbooks = PlaybookLoader.Load(PlaybookOptions.From(settings).Directory, executors.IsRepeatable);

        var scheduling = PolicyOptions.From(settings).File is { } file ? PolicyLoader.Load(file) : null;

        // What a new leader would refuse to start with, a standby has refused already.
        _leadership = _parts.AddIfAny(await hotpath.LeadAsync(cancellation));

        var functionMetrics = _parts.Keep(new FunctionMetrics());
        var queueFolder = Path.Combine(options.Service.Data, "queue");
        var queue = _parts.Add(await EmbeddedQueueStore.OpenAsync(
            queueFolder, new EmbeddedQueueOptions(), time, functionMetrics, loggers.CreateLogger<EmbeddedQueue>()));

        _parts.Add(hotpath);
        await hotpath.StartAsync(new StartPolicies(playbooks.Policy, scheduling), new QueueWakeups(queue), cancellation);
        var watch = _parts.Add(new QueueWatch(queue, () => QueueWatch.TakesWrites($"{queueFolder}.probe"), time, loggers.CreateLogger<QueueWatch>()));
        watch.Start();

        var parts = new FunctionParts(hotpath, queue, watch, executors, playbooks.Taxonomy, functionMetrics, metrics, time, loggers);
        var web = _parts.Add(await FunctionsWebHost.StartAsync(parts, endpoint, options, settings, own));
        _crashed = Task.WhenAny(hotpath.Crashed, watch.RestartDue, web.Services.GetRequiredService<EmbeddedTriggerHost>().Died);
    }

    /// <summary>What it stands on is kept here, so that it outlives the queue; the hotpath itself does not.</summary>
    private IHotpath CreateHotpath(
        LaunchOptions options, HttpEndpoint endpoint, IConfiguration settings, MetricsPage metrics, TimeProvider time, ILoggerFactory loggers)
    {
        if (options.Hotpath is { } address)
            return new RemoteHotpath(_parts.Keep(new GrpcChannel(RemoteSettings.Read(settings, address), time)), time, loggers.CreateLogger<RemoteHotpath>());
        var cluster = _parts.Add(ClusterParts.Open(options.Service, settings, time, loggers));
        return new LocalHotpath(options.Service, endpoint, settings, cluster, metrics, time, loggers);
    }
}
