using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Reservations;
using Pipeline.Scheduling.Snapshots;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Benchmarks.Decide;

/// <summary>A cluster of equal 8-GPU nodes in ten groups, driven through the engine.</summary>
internal sealed class Fleet
{
    public const int Groups = 10;
    public const int GpusPerNode = 8;
    public const int CpuPerNode = 64_000;
    public const int MemoryPerNode = 512_000;
    public const int CpuPerGpu = 6_000;
    public const int MemoryPerGpu = 48_000;

    private const long Now = 1_700_000_000_000;

    private static readonly int[] Sizes = [1, 2, 4, 8];

    private readonly EffectBuffer _effects = new();
    private readonly PlaceCommand _place = new() { Name = "bench/workload" };
    private readonly ReleaseCommand _release = new();
    private readonly BindCommand _bind = new() { Name = "bench/bound", GpuMilli = 1000 };

    public Fleet(int nodes)
    {
        for (var node = 0; node < nodes; node++)
            Do(NodeOf(node, ZoneRole.None));
    }

    public ClusterState State { get; } = new();

    private const int Projects = 10;

    private bool _governed;

    public static string NodeName(int node) => $"gpu-{node:000000}";

    /// <summary>Seeded requests: a group and 1, 2, 4 or 8 GPUs.</summary>
    public static (int Group, int Gpus)[] Requests(int count)
    {
        var random = new Random(1);
        var requests = new (int, int)[count];
        foreach (ref var request in requests.AsSpan())
            request = (random.Next(Groups), Sizes[random.Next(Sizes.Length)]);
        return requests;
    }

    public ClusterSnapshot Publish() => State.Publish(1, Now);

    public Reply Place(ulong id, int group, int gpus) => Place(id, group, gpus, gpus * CpuPerGpu, gpus * MemoryPerGpu);

    public Reply Place(ulong id, int group, int gpus, int cpu, int memory, int milli = 1000)
    {
        (_place.Workload, _place.Groups, _place.GpuCount, _place.GpuMilli) = (id, GroupSet.OfOrAny(group), gpus, milli);
        (_place.CpuMilli, _place.MemoryMib) = (cpu, memory);
        if (_governed)
            _place.Traits = new WorkloadTraits { Project = 1 + (int)(id % Projects), Provisioning = (Provisioning)(id % 2) };
        return Engine.Step(State, _place, Now, _effects);
    }

    public void Place(ulong id, string name, int milli)
    {
        _place.Name = name;
        Place(id, -1, 1, 1000, 4000, milli);
    }

    /// <summary>
    /// Turns every policy on: projects with quotas in each group, a zone for three nodes in four, one node in a hundred reserved and
    /// one in a hundred in repair.
    /// </summary>
    public void Govern(int nodes)
    {
        var projects = Enumerable.Range(0, Projects).Select(project => new Project(
            $"project-{project}", "bench", false,
            [.. Enumerable.Range(0, Groups).Select(group => new Quota($"group-{group}", 1000, 1000L * GpusPerNode * nodes, -1)).OrderBy(quota => quota.Group, StringComparer.Ordinal)]));
        Do(new SetSchedulingPolicyCommand { Policy = new SchedulingPolicy { Projects = [.. projects.Append(Holder(nodes)).OrderBy(project => project.Name, StringComparer.Ordinal)] } });
        for (var node = 0; node < nodes; node++)
        {
            Do(NodeOf(node, (ZoneRole)(node % 4)));
            if (node % 100 == 17)
                State.Nodes.SetQuarantine(node, 1);
        }
        Do(new ReserveCommand
        {
            Request = new ReservationRequest(1, "bench/block", State.Tenancy.TryFind("holder", out var holder) ? holder : -1, 0, nodes / 100, Now + 3_600_000, Now + 7_200_000, TopologyMode.None, 0),
        });
        _governed = true;
    }

    public Reply Release(ulong id)
    {
        _release.Workload = id;
        return Engine.Step(State, _release, Now, _effects);
    }

    public void Bind(ulong id, int node, uint gpus, int cpu, int memory)
    {
        (_bind.Workload, _bind.Node, _bind.GpuMask, _bind.CpuMilli, _bind.MemoryMib) = (id, NodeName(node), gpus, cpu, memory);
        Engine.Step(State, _bind, Now, _effects);
    }

    /// <summary>
    /// Fills 80 % of the GPUs, then releases at random and places anew twice as often as there are workloads, so that the holes lie
    /// where this policy leaves them in the long run.
    /// </summary>
    /// <returns>Ids of the workloads.</returns>
    public List<ulong> Fill(int nodes)
    {
        var (random, requests) = (new Random(2), Requests(4096));
        var (live, sizes, used, next) = (new List<ulong>(), new Dictionary<ulong, int>(), 0, 0UL);
        var target = nodes * GpusPerNode * 8 / 10;
        var churn = -1;
        while (churn != 0)
        {
            var (group, gpus) = requests[next++ & 4095];
            if (used + gpus > target)
            {
                churn = churn < 0 ? live.Count * 2 : churn - 1;
                var at = random.Next(live.Count);
                Release(live[at]);
                used -= sizes[live[at]];
                sizes.Remove(live[at]);
                live[at] = live[^1];
                live.RemoveAt(live.Count - 1);
            }
            else if (Place(next, group, gpus).Outcome == Outcome.Done)
            {
                live.Add(next);
                sizes[next] = gpus;
                used += gpus;
            }
        }
        return live;
    }

    private static Project Holder(int nodes) => new("holder", "bench", false, [new Quota(Quota.AnyGroup, 1000L * GpusPerNode * nodes, 0, -1)]);

    private static UpsertNodeCommand NodeOf(int node, ZoneRole zone) => new()
    {
        Name = NodeName(node),
        GpuCount = GpusPerNode,
        CpuMilli = CpuPerNode,
        MemoryMib = MemoryPerNode,
        Group = $"group-{node % Groups}",
        Zone = zone,
    };

    private void Do(Command command)
    {
        var reply = Engine.Step(State, command, Now, _effects);
        if (reply.Outcome is not (Outcome.Done or Outcome.Unchanged))
            throw new InvalidOperationException($"{command.Kind} came to {reply.Outcome}: {reply.Detail}");
    }
}
