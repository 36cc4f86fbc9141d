using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Model;

namespace Pipeline.Benchmarks.Openb;

/// <summary>The trace's workloads in random order, repeated until they ask for 130 % of the GPUs, placed one by one by the engine.</summary>
internal static class Arrivals
{
    private const int Percent = 130;
    private const long Now = 1_700_000_000_000;

    public static List<TracePod> Of(IReadOnlyList<TraceNode> nodes, IReadOnlyList<TracePod> pods, int seed)
    {
        var random = new Random(seed);
        var arrivals = pods.ToArray();
        random.Shuffle(arrivals);
        var list = arrivals.ToList();
        var target = nodes.Sum(n => (long)n.Gpus) * NodeTable.WholeGpu * Percent / 100;
        var asked = list.Sum(p => p.GpuMilli);
        while (asked > target)
        {
            var at = random.Next(list.Count);
            asked -= list[at].GpuMilli;
            list.RemoveAt(at);
        }
        var distinct = list.Count;
        for (var next = list[random.Next(distinct)]; asked + next.GpuMilli <= target; next = list[random.Next(distinct)])
        {
            asked += next.GpuMilli;
            list.Add(next);
        }
        return list;
    }

    /// <summary>Percent of the cluster's GPUs that are allocated once all have arrived. What fits nowhere is dropped; nothing departs.</summary>
    public static double Allocated(IReadOnlyList<TraceNode> nodes, IReadOnlyList<TracePod> arrivals)
    {
        var (state, effects) = (new ClusterState(), new EffectBuffer());
        foreach (var node in nodes)
        {
            Step(new UpsertNodeCommand
            {
                Name = node.Name,
                GpuCount = node.Gpus,
                CpuMilli = node.CpuMilli,
                MemoryMib = node.MemoryMib,
                Group = node.Model,
            });
        }
        var (place, allocated) = (new PlaceCommand { Name = "openb/pod" }, 0L);
        foreach (var pod in arrivals)
        {
            place.Workload++;
            (place.GpuCount, place.GpuMilli) = (pod.Gpus, pod.Gpus == 0 ? NodeTable.WholeGpu : pod.Milli);
            (place.CpuMilli, place.MemoryMib) = (pod.CpuMilli, pod.MemoryMib);
            var models = pod.Models.Select(m => state.Nodes.Groups.IndexOf(m)).Where(g => g >= 0).Distinct().ToArray();
            if (models.Length == 0 && pod.Models.Length > 0)
                continue;
            place.Groups = models.Length == 0 ? GroupSet.Any : GroupSet.Of(models);
            var outcome = Step(place).Outcome;
            if (outcome is not (Outcome.Done or Outcome.NoFit))
                throw new InvalidOperationException($"A workload of the trace was answered {outcome}.");
            allocated += outcome == Outcome.Done ? pod.GpuMilli : 0;
        }
        return 100.0 * allocated / (nodes.Sum(n => (long)n.Gpus) * NodeTable.WholeGpu);

        Reply Step(Command command) => Engine.Step(state, command, Now, effects);
    }
}
