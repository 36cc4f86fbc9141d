using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Queue;

namespace Pipeline.Scheduling.Tests.Support;

/// <summary>Jobs that wait for some nodes only, in few words.</summary>
internal static class Selections
{
    public static NodeSelection Of(ulong id, params int[] nodes)
    {
        var set = new NodeSet();
        foreach (var node in nodes)
            set.Add(node);
        return new NodeSelection(id, set);
    }

    public static Reply Wait(this TestCluster cluster, ulong id, NodeSelection? selection, int gpus = 8)
        => cluster.Do(new PlaceCommand { Workload = id, Name = $"test/w{id}", GpuCount = gpus, CpuMilli = 1000, MemoryMib = 1000, Selection = selection, Wait = true });

    public static Reply Select(this TestCluster cluster, NodeSelection selection) => cluster.Do(new SelectNodesCommand { Selection = selection });
}
