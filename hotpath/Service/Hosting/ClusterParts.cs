using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster;
using Pipeline.Hotpath.Cluster.Kubernetes;
using Pipeline.Hotpath.Cluster.Kubernetes.Actions;
using Pipeline.Hotpath.Cluster.Kubernetes.Repairs;
using Pipeline.Hotpath.Cluster.Repairs;
using Pipeline.Hotpath.Cluster.Simulated;
using Pipeline.Hotpath.Hosting.Election;
using Pipeline.Kubernetes.Access;
using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Election;

namespace Pipeline.Hotpath.Hosting;

/// <summary>The cluster that a hotpath drives, and what lives with it. To be disposed of after the hotpath.</summary>
/// <param name="Simulation">Null when the cluster is real.</param>
/// <param name="Pump">What must run so that things happen in the cluster by themselves; null: nothing of ours.</param>
public sealed record ClusterParts(
    ICluster Cluster, INodeActions Nodes, ISimulation? Simulation, BackgroundService? Pump, IAsyncDisposable Owned) : IAsyncDisposable
{
    /// <summary>Null: people declare nothing in the cluster.</summary>
    public IDeclarations? Declarations { get; init; }

    /// <summary>Where the cluster keeps the runs; null: nowhere.</summary>
    public IRunRecords? Records { get; init; }

    /// <summary>Says why the cluster cannot be followed yet, or null when nothing is known to be wrong. Null itself: it is known from the start.</summary>
    public Func<string?>? WhyNotFollowed { get; init; }

    /// <summary>Null: this process need not be elected to change anything.</summary>
    public ElectionParts? Election { get; init; }

    /// <summary>Makes the cluster that the command line names.</summary>
    /// <exception cref="ArgumentException">A setting is out of range; the message names it.</exception>
    /// <exception cref="ClusterAccessException">How to reach the cluster cannot be found out; the message names the file and the field.</exception>
    public static ClusterParts Open(HotpathLaunch launch, IConfiguration settings, TimeProvider time, ILoggerFactory loggers)
        => launch.Cluster == ClusterKind.Kubernetes ? Connect(launch, settings, time, loggers) : Simulate(launch, settings, time, loggers);

    public ValueTask DisposeAsync() => Owned.DisposeAsync();

    private static ClusterParts Connect(HotpathLaunch launch, IConfiguration settings, TimeProvider time, ILoggerFactory loggers)
    {
        var parts = new PartStack();
        var options = settings.Read<KubernetesOptions>("Kubernetes");
        options.Validate();
        var access = ClusterAccessLoader.Load(launch.Kubeconfig, context: null, time);
        var gate = launch.LeaderElect ? new LeaderGate() : null;
        var client = parts.Keep(new KubernetesClient(access, options.Client, time, random: null, gate));
        var cluster = parts.Add(new KubernetesCluster(client, options, time, loggers.CreateLogger<KubernetesCluster>()));
        cluster.Follow();
        var records = parts.Keep(new NodeRepairs(client, options, time, loggers.CreateLogger<NodeRepairs>()));
        ElectionParts? election = null;
        if (gate is not null)
        {
            election = new ElectionParts(gate, client, parts.Keep(new KubernetesClient(access, options.Client, time)), cluster, records);
            cluster.CountDenials(election.Free);
        }

        return new ClusterParts(cluster, new KubernetesNodeActions(client, options, time), Simulation: null, Pump: null, parts)
        {
            Declarations = cluster.Objects,
            Records = records,
            Election = election,
            WhyNotFollowed = () => cluster.WhyNotFollowed ?? records.WhyNotListed,
        };
    }

    private static ClusterParts Simulate(HotpathLaunch launch, IConfiguration settings, TimeProvider time, ILoggerFactory loggers)
    {
        var parts = new PartStack();
        var cluster = parts.Keep(new SimulatedCluster(SimulationSettings.Read(settings, launch), time, loggers.CreateLogger<SimulatedCluster>()));
        var pump = parts.Keep(new SimulatedClusterPump(cluster, time, loggers.CreateLogger<SimulatedClusterPump>()));
        return new ClusterParts(cluster, cluster, cluster, pump, parts);
    }
}
