using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Benchmarks.Framework;
using Pipeline.Benchmarks.Journal;
using Pipeline.Hotpath.Loop;
using Pipeline.Journal;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;

namespace Pipeline.Benchmarks.Restart;

/// <summary>The process that is started anew: recovers as the service does, then places one workload.</summary>
internal static class FirstDecision
{
    public const string Argument = "first-decision";
    public const string Said = "decided";

    private const int Nodes = 5_000;
    private const int Workloads = 140_000;
    private const int Milli = 200;
    private const int InFlight = 512;

    public static bool IsAsked(string[] args) => args is [Argument, _];

    public static async Task RunAsync(string directory)
    {
        var recovery = Recovery.Open(new DurableStateOptions { Directory = directory }, TimeProvider.System, NullLogger.Instance);
        await using var durable = recovery.Durable;
        await using var loop = new EngineLoop(
            recovery.State, recovery.LastTime, durable.Log, new LoopRig.NoEffects(), new LoopOptions(), TimeProvider.System, NullLogger<EngineLoop>.Instance);
        loop.Start();
        var reply = await loop.ExecuteAsync(new PlaceCommand { Workload = ulong.MaxValue, Name = "bench/first", GpuCount = 1, GpuMilli = Milli });
        Console.WriteLine(
            // Unchanged: an earlier round's decision reached the disk.
            reply.Outcome is Outcome.Done or Outcome.Unchanged && recovery.State.Workloads.Count == Workloads + 1 ? Said : $"{reply.Outcome} with {recovery.State.Workloads.Count} workloads");
        // As kill -9 would: the next round finds what this one found.
        Environment.Exit(0);
    }

    public static async Task PrepareAsync(string directory)
    {
        await using var rig = new LoopRig(directory, new ClusterState());
        for (var node = 0; node < Nodes; node++)
        {
            await rig.SubmitAsync(new UpsertNodeCommand
            {
                Name = EngineWorld.NodeName(node),
                GpuCount = EngineWorld.GpusPerNode,
                CpuMilli = 128_000,
                MemoryMib = 1_000_000,
                Group = "h100",
            }, Outcome.Done);
        }
        await PlaceAsync(rig, 0, Workloads / 2);
        await rig.Checkpointer.CheckpointAsync();
        await PlaceAsync(rig, Workloads / 2, Workloads);
    }

    private static async Task PlaceAsync(LoopRig rig, int from, int to)
    {
        var waiting = new List<Task>(InFlight);
        for (var id = from; id < to; id++)
        {
            waiting.Add(rig.Loop.SubmitAsync(new BindCommand
            {
                Workload = (ulong)id + 1,
                Name = $"team-{id % 100}/job-{id}",
                Node = EngineWorld.NodeName(id % Nodes),
                GpuMask = 1u << (id / Nodes % EngineWorld.GpusPerNode),
                GpuMilli = Milli,
                CpuMilli = 500,
                MemoryMib = 1_000,
            }).AsTask());
            if (waiting.Count < InFlight && id < to - 1)
                continue;
            await Task.WhenAll(waiting);
            waiting.Clear();
        }
    }
}
