using Pipeline.Benchmarks.Decide;
using Pipeline.Journal;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;

namespace Pipeline.Benchmarks.Recover;

/// <summary>A life of a cluster as the journal holds it: nodes appear, fill to 80 %, then workloads come and go.</summary>
internal sealed class CommandHistory(DurableState durable, int nodes)
{
    private const int CommitEvery = 10_000;

    private readonly ClusterState _state = new();
    private readonly EffectBuffer _effects = new();
    private byte[] _buffer = new byte[4096];
    private long _now = 1_700_000_000_000;

    public async Task WriteAsync(int commands)
    {
        for (var node = 0; node < nodes; node++)
        {
            Step(new UpsertNodeCommand
            {
                Name = Fleet.NodeName(node),
                GpuCount = Fleet.GpusPerNode,
                CpuMilli = Fleet.CpuPerNode,
                MemoryMib = Fleet.MemoryPerNode,
                Group = $"group-{node % Fleet.Groups}",
            });
        }
        var (random, requests, live, used) = (new Random(4), Fleet.Requests(4096), new List<(ulong Id, int Gpus)>(), 0);
        for (var next = 1UL; durable.Log.LastSequence < commands; next++)
        {
            var (group, gpus) = requests[next & 4095];
            if (used + gpus > nodes * Fleet.GpusPerNode * 8 / 10)
            {
                var at = random.Next(live.Count);
                Step(new ReleaseCommand { Workload = live[at].Id });
                used -= live[at].Gpus;
                live[at] = live[^1];
                live.RemoveAt(live.Count - 1);
            }
            else if (Step(Request(next, group, gpus)) == Outcome.Done)
            {
                Step(new ConfirmCommand { Workload = next });
                live.Add((next, gpus));
                used += gpus;
            }
            if (next % CommitEvery == 0)
                await CommitAsync();
        }
        await CommitAsync();
    }

    private static PlaceCommand Request(ulong id, int group, int gpus) => new()
    {
        Workload = id,
        Name = $"team-{id % 200:000}/training-{id:0000000}-worker-0",
        Groups = GroupSet.OneOrAny(group),
        GpuCount = gpus,
        GpuMilli = 1000,
        CpuMilli = gpus * Fleet.CpuPerGpu,
        MemoryMib = gpus * Fleet.MemoryPerGpu,
    };

    private Outcome Step(Command command)
    {
        _effects.Clear();
        var reply = Engine.Step(_state, command, ++_now, _effects);
        if (reply.Changed)
        {
            var writer = new CommandWriter(_buffer);
            CommandCodec.Write(ref writer, command, _now);
            _buffer = writer.Buffer;
            durable.Log.Append(writer.Written);
        }
        return reply.Outcome;
    }

    private async Task CommitAsync()
    {
        durable.Log.RequestCommit();
        await durable.Log.WaitForCommitAsync(durable.Log.LastSequence);
    }
}
