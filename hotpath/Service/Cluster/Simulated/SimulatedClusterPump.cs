using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Pipeline.Hotpath.Cluster.Simulated;

/// <summary>Lets a hosted cluster's time pass, so that watchers hear of what happens by itself when nobody calls.</summary>
public sealed class SimulatedClusterPump(SimulatedCluster cluster, TimeProvider time, ILogger<SimulatedClusterPump> logger)
    : BackgroundService
{
    /// <summary>Often enough that a reset at high speed is not late by more than its own length.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(25);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        var failed = false;
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                failed = Advance(failed);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    /// <summary>A full disk holds the cluster's life up until there is room; it is told once.</summary>
    private bool Advance(bool failedBefore)
    {
        try
        {
            cluster.Advance();
            return false;
        }
        catch (IOException error)
        {
            if (!failedBefore)
                logger.LogError(error, "The simulated cluster stands still: its file cannot be written.");
            return true;
        }
    }
}
