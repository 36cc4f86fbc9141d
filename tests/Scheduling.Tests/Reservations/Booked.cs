using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Reservations;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Support;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Tests.Reservations;

/// <summary>What the tests of reservations ask of a cluster. Times are Unix milliseconds.</summary>
internal static class Booked
{
    public const long Second = 1_000;
    public const long Hour = 3_600 * Second;
    public const long Day = 24 * Hour;

    /// <summary>Nodes n-00, n-01, … of 8 GPUs, four to a leaf (tier 1) under one spine (tier 2).</summary>
    public static TestCluster Cluster(int nodes, ReservationRules? rules = null)
    {
        var cluster = new TestCluster();
        for (var node = 0; node < nodes; node++)
            cluster.AddNode(NodeName(node));
        var leaves = Enumerable.Range(0, nodes).GroupBy(node => node / 4)
            .Select(leaf => new DomainDefinition($"leaf-{leaf.Key}", 1, [.. leaf.Select(NodeName)], [])).ToList();
        cluster.Do(new SetTopologyCommand { Domains = [.. leaves, new DomainDefinition("spine", 2, [], [.. leaves.Select(l => l.Name)])] });
        if (rules != null)
            cluster.SetPolicy(new SchedulingPolicy { Reservations = rules });
        return cluster;
    }

    public static string NodeName(int node) => $"n-{node:00}";

    public static ReservationRequest Request(
        ulong id, int nodes, long start, long end, int project = 0, TopologyMode topology = TopologyMode.None, int tier = 0)
        => new(id, $"reservation {id}", project, 0, nodes, start, end, topology, tier);

    public static Reply Reserve(this TestCluster cluster, ReservationRequest request)
        => cluster.Do(new ReserveCommand { Request = request, Actor = "test" });

    public static Reply Reserve(this TestCluster cluster, ulong id, int nodes, long start, long end)
        => cluster.Reserve(Request(id, nodes, start, end));

    public static Reply Cancel(this TestCluster cluster, ulong id) => cluster.Do(new CancelReservationCommand { Id = id });

    public static Reservation Of(this TestCluster cluster, ulong id) => cluster.Snapshot().Reservations.Find(id)!;

    public static Reply Run(this TestCluster cluster, ulong id, int gpus = 8, int seconds = 0, ulong reservation = 0, int project = 0, bool wait = false)
        => cluster.Do(new PlaceCommand
        {
            Workload = id,
            Name = $"test/w{id}",
            GpuCount = gpus,
            Wait = wait,
            Traits = new WorkloadTraits { ExpectedSeconds = seconds, Reservation = reservation, Project = project },
        });

    public static GangSpec Gang(
        ulong id, int members, int gpus = 8, int seconds = 0, ulong reservation = 0, TopologyMode topology = TopologyMode.None, int tier = 0)
        => new(id, $"test/g{id}", new WorkloadTraits { ExpectedSeconds = seconds, Reservation = reservation }, 0, topology, tier,
            [new GangRole("worker", new Shape(gpus, 1000, 0, 0, GroupSet.Any), Tenants.Members(id * 1000, members), 0, 0)]);

    public static void Quarantine(this TestCluster cluster, int node, long run) => cluster.State.Nodes.SetQuarantine(node, run);
}
