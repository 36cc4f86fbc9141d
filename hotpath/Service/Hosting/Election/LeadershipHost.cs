using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Pipeline.Hotpath.Http;
using Pipeline.Kubernetes;
using Pipeline.Kubernetes.Election;

namespace Pipeline.Hotpath.Hosting.Election;

/// <summary>
/// Waits, warm, until this process leads, and lets what is started afterwards run as its leader. A leadership that is lost is not regained:
/// the process ends, and the kubelet starts it again as a standby. So do kube-scheduler and kube-controller-manager, because nothing then
/// has to be undone that was decided in the belief of leading. To be disposed of after everything that acts on the cluster.
/// </summary>
public sealed class LeadershipHost : IAsyncDisposable
{
    private readonly TaskCompletionSource _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ElectionParts _parts;
    private readonly Func<string?>? _whyNotFollowed;
    private readonly LeaderElectionOptions _options;
    private readonly LeaderElector _elector;
    private readonly LeaderLabel? _label;
    private readonly ElectionMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private StandbyPorts? _ports;
    private Leadership? _leadership;
    private Task _labelling = Task.CompletedTask;
    private string? _lastFailure;
    private volatile bool _warm;
    private volatile bool _ending;

    private LeadershipHost(HotpathLaunch launch, ElectionParts parts, Func<string?>? whyNotFollowed, IConfiguration settings, TimeProvider time, ILogger logger)
    {
        (_parts, _whyNotFollowed, _time, _logger) = (parts, whyNotFollowed, time, logger);
        var pod = OwnPod.Find(Environment.GetEnvironmentVariable);
        _label = pod is null ? null : new LeaderLabel(pod);
        _options = ElectionSettings.Read(settings, launch, pod, Failed);
        _elector = new LeaderElector(parts.Free, _options);
        _metrics = new ElectionMetrics(() => _leadership is { IsHeld: true });
    }

    /// <summary>Completes when the leadership was lost, not when it was given up.</summary>
    public Task Lost => _lost.Task;

    /// <summary>Returns when this process leads.</summary>
    /// <param name="functions">The port of the functions, where they are in this process: until it leads it says there, too, that it stands by.</param>
    /// <returns>Null: the command line asks for no election.</returns>
    /// <exception cref="OperationCanceledException">The caller gave up while this process stood by.</exception>
    /// <exception cref="ArgumentException">A setting is out of range; the message names it.</exception>
    public static async Task<LeadershipHost?> LeadAsync(
        HotpathLaunch launch, IConfiguration settings, ClusterParts cluster, MetricsPage metrics, TimeProvider time, ILoggerFactory loggers,
        CancellationToken cancellation, HttpEndpoint? functions = null)
    {
        if (cluster.Election is not { } election)
            return null;
        var host = new LeadershipHost(launch, election, cluster.WhyNotFollowed, settings, time, loggers.CreateLogger<LeadershipHost>());
        try
        {
            host._ports = await StandbyPorts.OpenAsync(
                launch, functions, settings, metrics, host.WhyNotReady, host.WhyNotServed, host._options.RetryPeriod, time, loggers).ConfigureAwait(false);
            await host.StandByAsync(cancellation).ConfigureAwait(false);
            await host.WinAsync(launch.Data, cancellation).ConfigureAwait(false);
            return host;
        }
        catch
        {
            await host.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Leaves the ports to the servers of the leader, which must be about to listen.</summary>
    public ValueTask LeavePortsAsync() => _ports?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>Gives the leadership up, so that another begins at once.</summary>
    public async ValueTask DisposeAsync()
    {
        _ending = true;
        await LeavePortsAsync().ConfigureAwait(false);
        if (_leadership is { } leadership)
        {
            await leadership.DisposeAsync().ConfigureAwait(false);
            await _labelling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ElectionLog.Ended(_logger, leadership.Token.Term, _options.Lease.ToString());
        }

        _metrics.Dispose();
    }

    private async Task StandByAsync(CancellationToken cancellation)
    {
        ElectionLog.StandingBy(_logger, _options.Identity, _options.Lease.ToString());
        if (_label is not null)
            await TryLabelAsync(token => _label.LeaveAsync(_parts.Free, token), cancellation).ConfigureAwait(false);
        // Whoever is not warm would hold the lease without leading while another could.
        await Task.WhenAll(_parts.Cluster.WarmAsync(cancellation), _parts.Records.ListAsync(cancellation)).ConfigureAwait(false);
        _warm = true;
    }

    private async Task WinAsync(string data, CancellationToken cancellation)
    {
        var leadership = await _elector.AcquireAsync(cancellation).ConfigureAwait(false);
        _leadership = leadership;
        ElectionLog.Leading(_logger, _options.Identity, leadership.Token.Term, _options.Lease.ToString());
        _metrics.Changed();
        leadership.Leading.Register(OnEnd);
        _parts.Gate.Open(leadership);
        new TermFile(data, _logger).Claim(leadership.Token);
        if (_label is null)
            return;
        _labelling = LabelAsync(leadership.Leading);
        // Without the label nobody finds the leader, but nodes are watched and pods placed all the same.
        await Task.WhenAny(_labelling, Task.Delay(_options.RenewDeadline, _time, cancellation)).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
    }

    private async Task LabelAsync(CancellationToken leading)
    {
        while (!await TryLabelAsync(TakeAsync, leading).ConfigureAwait(false))
            await Task.Delay(_options.RetryPeriod, _time, leading).ConfigureAwait(false);
    }

    /// <summary>
    /// A change of a pod that comes after everything that the leader before this one did to pods: once the model shows it, it shows all that
    /// was bound, and no place is given away twice.
    /// </summary>
    private async Task TakeAsync(CancellationToken leading)
        => await _parts.Cluster.SeenAsync(await _label!.TakeAsync(_parts.Gated, leading).ConfigureAwait(false), leading).ConfigureAwait(false);

    private async Task<bool> TryLabelAsync(Func<CancellationToken, Task> change, CancellationToken cancellation)
    {
        try
        {
            await change(cancellation).ConfigureAwait(false);
            return true;
        }
        catch (KubernetesException exception)
        {
            ElectionLog.NotLabelled(_logger, exception.Reason, exception.Message);
            return false;
        }
    }

    private void OnEnd()
    {
        if (_ending)
            return;
        _metrics.Changed();
        ElectionLog.Lost(_logger, _options.Lease.ToString());
        _lost.TrySetResult();
    }

    /// <summary>A standby that does not know the cluster, or may not read its runs, could not take over: a rollout must not take the leader away for it.</summary>
    private string? WhyNotReady() => _whyNotFollowed?.Invoke() ?? (_warm ? null : "the cluster has not been listed yet");

    private string WhyNotServed() => _leadership is not null ? "this process begins to lead"
        : _elector.Holder is { Length: > 0 } holder ? $"this process stands by, {holder} leads" : "this process stands by";

    /// <summary>Said once for each reason in a row: an outage may last a night.</summary>
    private void Failed(KubernetesException exception)
    {
        if (Interlocked.Exchange(ref _lastFailure, exception.Reason) != exception.Reason)
            ElectionLog.Failed(_logger, _options.Lease.ToString(), exception.Reason, exception.Message);
    }
}
