using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Kubernetes.Election;

/// <summary>
/// We lead, until <see cref="Leading"/> is cancelled. That happens <see cref="LeaderElectionOptions.RenewDeadline"/> after the last renewal
/// that succeeded was begun, on a clock that nobody sets; nobody else can lead before <see cref="LeaderElectionOptions.LeaseDuration"/> after
/// it. A process that is stopped and woken does not notice in time: what must be safe even then carries the <see cref="Token"/>.
/// </summary>
public sealed class Leadership : IAsyncDisposable
{
    // Whoever waits for the end of a process does not wait longer; the lease runs out by itself.
    private static readonly TimeSpan ReleaseBound = TimeSpan.FromSeconds(5);
    private const int ReleaseAttempts = 3;

    private readonly KubernetesClient _client;
    private readonly LeaderElectionOptions _options;
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ITimer _deadline;
    private readonly Task _renewing;
    private Lease _lease;
    private long _renewedAt;

    internal Leadership(KubernetesClient client, LeaderElectionOptions options, Lease lease, long acquiredAt)
    {
        (_client, _options, _lease, _renewedAt) = (client, options, lease, acquiredAt);
        Token = new FencingToken(lease.Metadata.Uid, lease.Spec.LeaseTransitions, options.Identity);
        Leading = _lost.Token;
        _deadline = client.Time.CreateTimer(static state => ((Leadership)state!).DeadlineReached(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        SetDeadline();
        _renewing = Task.Run(RenewAsync);
    }

    public FencingToken Token { get; }

    /// <summary>Cancelled when we lead no more. Nothing that only a leader may do may begin after it.</summary>
    public CancellationToken Leading { get; }

    /// <summary>The same, computed from the clock: true for no moment longer, even when timers are late.</summary>
    public bool IsHeld => !Leading.IsCancellationRequested && _client.Time.GetElapsedTime(Volatile.Read(ref _renewedAt)) < _options.RenewDeadline;

    /// <summary>Ends the leadership and lets another begin at once. To be called when everything that <see cref="Leading"/> ends has ended.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _renewing.ConfigureAwait(false);
        var held = IsHeld;
        await _deadline.DisposeAsync().ConfigureAwait(false);
        await _lost.CancelAsync().ConfigureAwait(false);
        if (held)
            await ReleaseAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RenewAsync()
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, Leading);
        try
        {
            while (true)
            {
                await Task.Delay(_options.RetryPeriod, _client.Time, either.Token).ConfigureAwait(false);
                await TryRenewAsync(either.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            // Lost, or stopped.
        }
    }

    private async Task TryRenewAsync(CancellationToken cancellation)
    {
        var begun = _client.Time.GetTimestamp();
        try
        {
            var renewed = _lease with { Spec = _lease.Spec with { RenewTime = _client.Time.GetUtcNow() } };
            _lease = await _client.ReplaceAsync(Kinds.Leases, renewed, _options.Request, cancellation).ConfigureAwait(false);
            Volatile.Write(ref _renewedAt, begun);
            SetDeadline();
        }
        catch (KubernetesException exception) when (exception.IsConflict || exception.IsNotFound)
        {
            await LookAsync(cancellation).ConfigureAwait(false);
        }
        catch (KubernetesException exception)
        {
            _options.OnFailure?.Invoke(exception);
        }
    }

    /// <summary>The lease is not as we left it: a renewal of ours whose answer was lost, somebody's note on it, or it is another's.</summary>
    private async Task LookAsync(CancellationToken cancellation)
    {
        try
        {
            var found = await _client.FindAsync(Kinds.Leases, _options.Lease, _options.Request, cancellation).ConfigureAwait(false);
            if (found is not null && IsOurs(found))
                _lease = found;
            else
                await _lost.CancelAsync().ConfigureAwait(false);
        }
        catch (KubernetesException exception)
        {
            _options.OnFailure?.Invoke(exception);
        }
    }

    private async Task ReleaseAsync()
    {
        var request = RequestOptions.Urgent with { Timeout = ReleaseBound };
        for (var attempt = 1; attempt <= ReleaseAttempts; attempt++)
        {
            try
            {
                // As it is now: a renewal that our end cut short may have been carried out, or will be in a moment.
                if (await _client.FindAsync(Kinds.Leases, _options.Lease, request).ConfigureAwait(false) is not { } found || !IsOurs(found))
                    return;
                var released = found with { Spec = found.Spec with { HolderIdentity = null, RenewTime = _client.Time.GetUtcNow() } };
                await _client.ReplaceAsync(Kinds.Leases, released, request).ConfigureAwait(false);
                return;
            }
            catch (KubernetesException exception) when (exception.IsConflict && attempt < ReleaseAttempts)
            {
            }
            catch (KubernetesException exception)
            {
                // It then runs out by itself.
                _options.OnFailure?.Invoke(exception);
                return;
            }
        }
    }

    private bool IsOurs(Lease lease) => lease.Spec.HolderIdentity == _options.Identity && lease.Spec.LeaseTransitions == Token.Term;

    private void SetDeadline()
    {
        var left = _options.RenewDeadline - _client.Time.GetElapsedTime(_renewedAt);
        _deadline.Change(left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private void DeadlineReached()
    {
        // A renewal may have come in between.
        if (_client.Time.GetElapsedTime(Volatile.Read(ref _renewedAt)) >= _options.RenewDeadline)
            _lost.Cancel();
        else
            SetDeadline();
    }
}
