using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Kubernetes.Election;

/// <summary>
/// Leader election on a Lease, as client-go's leaderelection does it: the API server orders all writes, so of several who take a lease in
/// one version one succeeds. Times that others wrote are never compared with our clock.
/// </summary>
public sealed class LeaderElector
{
    private readonly KubernetesClient _client;
    private readonly LeaderElectionOptions _options;
    private Lease? _seen;
    private long _seenAt;

    /// <exception cref="ArgumentException">An option is out of range; the message names each.</exception>
    public LeaderElector(KubernetesClient client, LeaderElectionOptions options)
    {
        options.Validate();
        (_client, _options) = (client, options);
    }

    /// <summary>Who held the lease when it was last looked at; null: nobody. For people only.</summary>
    public string? Holder => Volatile.Read(ref _seen)?.Spec.HolderIdentity;

    /// <summary>Waits until we lead. The lease is then renewed until it is lost or the leadership disposed. To be called by one at a time.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task<Leadership> AcquireAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var begun = _client.Time.GetTimestamp();
            if (await TryAcquireAsync(cancellation).ConfigureAwait(false) is { } lease)
                return new Leadership(_client, _options, lease, begun);
            await Task.Delay(_options.RetryPeriod * (1 + (0.2 * _client.Random.NextDouble())), _client.Time, cancellation).ConfigureAwait(false);
        }
    }

    /// <returns>Null: somebody else holds it, or it could not be found out.</returns>
    private async Task<Lease?> TryAcquireAsync(CancellationToken cancellation)
    {
        try
        {
            var request = _options.Request;
            if (await _client.FindAsync(Kinds.Leases, _options.Lease, request, cancellation).ConfigureAwait(false) is not { } found)
                return Seen(await _client.CreateAsync(Kinds.Leases, New(), request, cancellation).ConfigureAwait(false));
            Seen(found);
            return IsFree(found) ? Seen(await _client.ReplaceAsync(Kinds.Leases, Taken(found), request, cancellation).ConfigureAwait(false)) : null;
        }
        catch (KubernetesException exception)
        {
            // Another was faster.
            if (!exception.IsConflict && !exception.IsAlreadyExists)
                _options.OnFailure?.Invoke(exception);
            return null;
        }
    }

    private bool IsFree(Lease lease)
    {
        // Our own: no process but this one has our identity, and its leadership is over or we would not ask.
        if (string.IsNullOrEmpty(lease.Spec.HolderIdentity) || lease.Spec.HolderIdentity == _options.Identity)
            return true;
        var promised = TimeSpan.FromSeconds(lease.Spec.LeaseDurationSeconds ?? 0);
        return _client.Time.GetElapsedTime(_seenAt) >= (promised > _options.LeaseDuration ? promised : _options.LeaseDuration);
    }

    /// <summary>An unchanged lease keeps the time at which it was first seen so: that is when its duration begins for us.</summary>
    private Lease Seen(Lease lease)
    {
        if (_seen?.Metadata.Uid != lease.Metadata.Uid || _seen.Metadata.ResourceVersion != lease.Metadata.ResourceVersion)
            _seenAt = _client.Time.GetTimestamp();
        Volatile.Write(ref _seen, lease);
        return lease;
    }

    private Lease New() => Taken(new Lease { Metadata = new ObjectMeta { Name = _options.Lease.Name, Namespace = _options.Lease.Namespace } });

    private Lease Taken(Lease lease)
    {
        var now = _client.Time.GetUtcNow();
        return lease with
        {
            Spec = lease.Spec with
            {
                HolderIdentity = _options.Identity,
                LeaseDurationSeconds = (int)_options.LeaseDuration.TotalSeconds,
                AcquireTime = now,
                RenewTime = now,
                LeaseTransitions = lease.Spec.LeaseTransitions + 1,
            },
        };
    }
}
