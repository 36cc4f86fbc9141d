using Pipeline.Contracts;
using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Notify;

/// <summary>The right to tell one run's story, held until it is released or its lease ends.</summary>
internal sealed class TellingClaim(IRepairApi repair, string run, string teller, TimeProvider time, ILogger log)
{
    private readonly long _taken = time.GetTimestamp();

    /// <summary>Too little of the lease is left to begin another external call.</summary>
    public bool IsSpent => time.GetElapsedTime(_taken) > NotifyLimits.Budget;

    /// <summary>Cancelled while the lease is still long enough to record what was done.</summary>
    public CancellationTokenSource Ending()
    {
        var left = NotifyLimits.Lease - NotifyLimits.RecordTimeout - time.GetElapsedTime(_taken);
        return new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, time);
    }

    /// <exception cref="HotpathUnavailableException">Nobody knows whether the claim was granted; the same teller may ask again.</exception>
    public Task<ClaimTellingReply> TakeAsync(CancellationToken cancellation) =>
        repair.ClaimTellingAsync(
            new ClaimTellingRequest { Run = run, Teller = teller, Lease = (long)NotifyLimits.Lease.TotalMilliseconds }, cancellation);

    /// <summary>
    /// Persists what a sender did. Not cancelled by the host's stopping: the thing exists outside already, and losing its reference doubles it.
    /// </summary>
    /// <returns>False: the claim is gone or the engine stays away, so nothing more may be told now.</returns>
    public async Task<bool> RecordAsync(string sender, string reference, int told)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var recorded = await SendAsync(sender, reference, told, release: false);
                if (!recorded)
                    NotifyLog.ClaimLost(log, run, sender, reference, told);
                return recorded;
            }
            catch (Exception away) when (away is HotpathUnavailableException or OperationCanceledException)
            {
                if (attempt == NotifyLimits.RecordTries || IsSpent)
                {
                    NotifyLog.NotRecorded(log, run, sender, reference, told, away);
                    return false;
                }

                await Task.Delay(away is HotpathUnavailableException busy ? busy.RetryAfter : TimeSpan.FromSeconds(1), time);
            }
        }
    }

    /// <summary>Gives the claim back. Best effort: the lease ends by itself.</summary>
    /// <param name="latest">Sender, reference and count of a telling as it stands; a release is carried by a record.</param>
    public async Task ReleaseAsync((string Sender, string Reference, int Told) latest)
    {
        try
        {
            await SendAsync(latest.Sender, latest.Reference, latest.Told, release: true);
        }
        catch (Exception away) when (away is HotpathUnavailableException or OperationCanceledException)
        {
            NotifyLog.NotReleased(log, run, away);
        }
    }

    private async Task<bool> SendAsync(string sender, string reference, int told, bool release)
    {
        using var timeout = new CancellationTokenSource(NotifyLimits.RecordTimeout, time);
        var reply = await repair.RecordTellingAsync(
            new RecordTellingRequest { Run = run, Teller = teller, Sender = sender, Reference = reference, Told = told, Release = release },
            timeout.Token);
        return reply.Accepted;
    }
}
