using Pipeline.Contracts;
using Pipeline.Contracts.Client;
using Pipeline.Contracts.Cluster;
using Pipeline.Contracts.Remote;
using Pipeline.Hotpath.Hosting.Election;

namespace Pipeline.Functions.Composition;

/// <summary>The hotpath in another process. It may come and go: what it cannot be asked meanwhile is refused or waits.</summary>
internal sealed class RemoteHotpath : IHotpath
{
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly GrpcChannel _channel;
    private readonly RemoteNodes _nodes;
    private readonly RemoteHealth _health;
    private readonly CancellationTokenSource _stopping = new();
    private HotpathLink? _link;
    private Task _linked = Task.CompletedTask;

    public RemoteHotpath(GrpcChannel channel, TimeProvider time, ILogger<RemoteHotpath> logger)
    {
        (_channel, _time, _logger) = (channel, time, logger);
        _nodes = new RemoteNodes(channel);
        _health = new RemoteHealth(channel);
        Repair = new RemoteRepairApi(channel);
        Scheduler = new RemoteSchedulerApi(channel);
        Cluster = new RemoteClusterApi(channel);
        Simulation = new RemoteSimulation(channel);
    }

    public IRepairApi Repair { get; }

    public ISchedulerApi Scheduler { get; }

    public IClusterApi Cluster { get; }

    public INodeWorkloads Workloads => _nodes;

    public INodeActions Nodes => _nodes;

    public ISimulation? Simulation { get; }

    /// <summary>Never: another process is started again by somebody else.</summary>
    public Task Crashed { get; } = new TaskCompletionSource().Task;

    public Task<LeadershipHost?> LeadAsync(CancellationToken cancellation) => Task.FromResult<LeadershipHost?>(null);

    /// <summary>Returns at once: the functions answer, if only that they are not ready, while the hotpath is away.</summary>
    public Task StartAsync(StartPolicies policies, IWakeups wakeups, CancellationToken cancellation)
    {
        _link = new HotpathLink(
            // It may be replaced at run time, and the hotpath keeps in its journal what replaced it.
            begin: token => policies.SetSchedulingAsync(Scheduler, token),
            setPolicy: token => policies.SetRepairAsync(Repair, Simulation, token),
            follow: (joined, token) => new RemoteWakeups(_channel).FollowAsync(wakeups, joined, token), _channel.Address, _time, _logger);
        _linked = Task.Run(() => _link.RunAsync(_stopping.Token), CancellationToken.None);
        return Task.CompletedTask;
    }

    public async ValueTask<string?> NotReadyReasonAsync(CancellationToken cancellation)
        => await _health.NotReadyReasonAsync(cancellation) ?? _link?.Trouble;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _linked;
        _stopping.Dispose();
    }
}
