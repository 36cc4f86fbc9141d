using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Simulated;

namespace Pipeline.Hotpath.Hosting;

/// <summary>The cluster that a hotpath drives, and what lives with it. To be disposed of after the hotpath.</summary>
/// <param name="Simulation">Null when the cluster is real.</param>
/// <param name="Pump">What must run so that things happen in the cluster by themselves; null: nothing of ours.</param>
public sealed record ClusterParts(
    ICluster Cluster, INodeActions Nodes, ISimulation? Simulation, BackgroundService? Pump, IAsyncDisposable Owned) : IAsyncDisposable
{
    /// <summary>Makes the cluster that the command line names.</summary>
    /// <exception cref="ArgumentException">A setting is out of range; the message names it.</exception>
    public static ClusterParts Open(HotpathLaunch launch, IConfiguration settings, TimeProvider time, ILoggerFactory loggers)
        => Simulate(launch, settings, time, loggers);

    public ValueTask DisposeAsync() => Owned.DisposeAsync();

    private static ClusterParts Simulate(HotpathLaunch launch, IConfiguration settings, TimeProvider time, ILoggerFactory loggers)
    {
        var parts = new PartStack();
        var cluster = parts.Keep(new SimulatedCluster(SimulationSettings.Read(settings, launch), time, loggers.CreateLogger<SimulatedCluster>()));
        var pump = parts.Keep(new SimulatedClusterPump(cluster, time, loggers.CreateLogger<SimulatedClusterPump>()));
        return new ClusterParts(cluster, cluster, cluster, pump, parts);
    }
}
