using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Contracts;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Simulated;

namespace Pipeline.Hotpath.Tests.Cluster.Simulated;

/// <summary>A cluster on a fake clock, with the calls that most tests make. Real-time speed and no jitter unless the options say else.</summary>
internal sealed class Bench : IDisposable
{
    public const string Node = "gpu-0001";
    public const string Other = "gpu-0002";

    public static readonly SimulatedClusterOptions Plain = new() { Nodes = 8, Speed = 1, JitterPercent = 0, BudgetPercent = 0 };

    private int _keys;

    public Bench(SimulatedClusterOptions? options = null, FakeTime? time = null)
    {
        Time = time ?? new FakeTime();
        Cluster = new SimulatedCluster(options ?? Plain, Time, NullLogger.Instance);
    }

    public FakeTime Time { get; }

    public SimulatedCluster Cluster { get; }

    /// <summary>The answer of a call, all of which complete synchronously.</summary>
    public static T Now<T>(Task<T> call)
    {
        Assert.True(call.IsCompleted);
        return call.GetAwaiter().GetResult();
    }

    public SimulatedFaultResult Break(string kind, int gpu = 0, string node = Node)
        => Now(Cluster.BreakAsync(new SimulatedFault(node, kind, gpu), default));

    public HealthReport Health(string node = Node) => Now(Cluster.CheckHealthAsync(node, default));

    public ActionStatus Start(NodeActionKind kind, string? key = null, string node = Node, uint gpuMask = 0)
        => Now(Cluster.StartAsync(new NodeAction(key ?? $"run/{++_keys}", node, kind, gpuMask), default));

    public ActionStatus Status(string key) => Now(Cluster.GetAsync(key, default));

    /// <summary>Starts an action and lets it end.</summary>
    public ActionStatus Do(NodeActionKind kind, string node = Node, uint gpuMask = 0)
    {
        var key = $"run/{++_keys}";
        var status = Start(kind, key, node, gpuMask);
        Time.Advance(status.CheckAfter);
        return status.State == ActionState.Failed ? status : Status(key);
    }

    public ClusterListing List() => Now(Cluster.ListAsync(default));

    public ClusterNode NodeOf(string name = Node) => List().Nodes.Single(node => node.Name == name);

    public IReadOnlyList<ClusterWorkload> On(string node = Node) => Now(Cluster.ListWorkloadsAsync(node, default));

    public EvictionOutcome Evict(ulong workload) => Now(Cluster.EvictAsync(workload, default));

    public bool Bind(ulong workload, uint gpuMask, string node = Node)
        => Now(Cluster.BindAsync(new WorkloadBinding(workload, node, gpuMask), default));

    public bool IsRefused(ulong workload, uint gpuMask, string node = Node)
        => Assert.Throws<HotpathUnavailableException>(() => Bind(workload, gpuMask, node)).Refused && On(node).All(there => there.Id != workload);

    /// <summary>A pending workload of the node's group and this size.</summary>
    public ClusterWorkload Pending(int gpus, string node = Node)
    {
        var listing = List();
        var group = listing.Nodes.Single(known => known.Name == node).Group;
        return listing.Workloads.First(workload => workload.Node.Length == 0 && workload.GpuCount == gpus && workload.Group == group);
    }

    public ClusterWorkload PlaceOne(uint gpuMask, string node = Node)
    {
        var workload = Pending(System.Numerics.BitOperations.PopCount(gpuMask), node);
        Assert.True(Bind(workload.Id, gpuMask, node));
        return On(node).Single(placed => placed.Id == workload.Id);
    }

    public static List<ClusterEvent> Drain(ClusterWatch watch)
    {
        var events = new List<ClusterEvent>();
        while (watch.TryRead(out var change))
            events.Add(change);
        return events;
    }

    public void Dispose() => Cluster.Dispose();
}
