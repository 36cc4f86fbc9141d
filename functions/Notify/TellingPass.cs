namespace Pipeline.Functions.Notify;

/// <summary>One sender's turn under a claim: call, persist, call again, until nothing is left or the service wants patience.</summary>
internal sealed class TellingPass(TellingClaim claim, IStorySender sender, SaidOnce said, ILogger log)
{
    /// <summary>The telling as it stands now.</summary>
    public Story Story { get; private set; } = null!;

    /// <summary>The claim went to somebody else: no sender may go on.</summary>
    public bool ClaimLost { get; private set; }

    /// <summary>Something was told and persisted.</summary>
    public bool Progressed { get; private set; }

    /// <summary>Returns <see cref="TellResult.Nothing"/> when all is told; else why not.</summary>
    public async Task<TellResult> RunAsync(Story story, CancellationToken cancellation)
    {
        Story = story;
        for (var step = 0; step < NotifyLimits.StepsPerPass && !claim.IsSpent; step++)
        {
            var result = await TellAsync(cancellation);
            if (result is not TellResult.Told told)
            {
                Explain(result);
                return result;
            }

            if (!await claim.RecordAsync(sender.Name, told.Reference, told.Count))
            {
                ClaimLost = true;
                return new TellResult.Later(null, "claim_lost");
            }

            Progressed = true;
            Story = Story with { Reference = told.Reference, Told = told.Count, ShownIsCurrent = true };
        }

        return new TellResult.Later(TimeSpan.FromSeconds(1), "more_to_tell");
    }

    private async Task<TellResult> TellAsync(CancellationToken cancellation)
    {
        using var lease = claim.Ending();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, lease.Token);
        try
        {
            return await sender.TellAsync(Story, either.Token);
        }
        catch (OperationCanceledException) when (lease.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            // Soon another may tell. What is under way is as if its answer were lost.
            return new TellResult.Later(null, "lease_ends");
        }
        catch (Exception fault) when (!cancellation.IsCancellationRequested)
        {
            // A defect of one sender must not silence the others.
            NotifyLog.SenderFault(log, Story.Run, sender.Name, fault);
            return new TellResult.Later(null, "fault");
        }
    }

    private void Explain(TellResult result)
    {
        if (result is TellResult.Later later)
            NotifyLog.Later(log, Story.Run, sender.Name, later.Code, later.Delay?.TotalSeconds);
        else if (result is TellResult.Refused refused && said.First($"{Story.Run}/{sender.Name}/{refused.Code}"))
            NotifyLog.Refused(log, Story.Run, sender.Name, refused.Code, refused.Message);
    }
}
