using Pipeline.Contracts;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Hosting;
using Pipeline.Hotpath.Hosting.Election;
using Pipeline.Hotpath.Http;

namespace Pipeline.Functions.Composition;

/// <summary>The hotpath in this process.</summary>
internal sealed class LocalHotpath(
    HotpathLaunch launch, HttpEndpoint functions, IConfiguration settings, ClusterParts cluster, MetricsPage metrics, TimeProvider time, ILoggerFactory loggers) : IHotpath
{
    private LeadershipHost? _leadership;
    private HotpathHost? _host;

    public IRepairApi Repair => Host.Service.Repair;

    public ISchedulerApi Scheduler => Host.Service.Scheduler;

    public IClusterApi Cluster => Host.Service.Cluster;

    public INodeWorkloads Workloads => cluster.Cluster;

    public INodeActions Nodes => cluster.Nodes;

    public ISimulation? Simulation => cluster.Simulation;

    public Task Crashed => Host.Service.Crashed;

    private HotpathHost Host => _host ?? throw new InvalidOperationException("The hotpath has not been started.");

    public async Task<LeadershipHost?> LeadAsync(CancellationToken cancellation)
        => _leadership = await LeadershipHost.LeadAsync(launch, settings, cluster, metrics, time, loggers, cancellation, functions);

    public async Task StartAsync(StartPolicies policies, IWakeups wakeups, CancellationToken cancellation)
    {
        _host = await HotpathHost.StartAsync(
            launch, settings, cluster, wakeups, metrics, time, loggers, cancellation,
            async service =>
            {
                await policies.SetSchedulingAsync(service.Scheduler, cancellation);
                await policies.SetRepairAsync(service.Repair, Simulation, cancellation);
            },
            _leadership, functions);
    }

    public ValueTask<string?> NotReadyReasonAsync(CancellationToken cancellation) => ValueTask.FromResult(Host.Service.NotReadyReason);

    public ValueTask DisposeAsync() => _host?.DisposeAsync() ?? ValueTask.CompletedTask;
}
