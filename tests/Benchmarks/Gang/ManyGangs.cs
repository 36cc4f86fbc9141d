using Pipeline.Benchmarks.Framework;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Gangs;

namespace Pipeline.Benchmarks.Gang;

/// <summary>1,000 gangs of mixed sizes into an empty cluster of 10,000 nodes.</summary>
internal static class ManyGangs
{
    private const int Nodes = 10_000;
    private const int Gangs = 1_000;
    private const int Rounds = 5;

    public static void Run(Report report)
    {
        var (time, members) = (TimeProvider.System, 0);
        var random = new Random(7);
        var commands = Enumerable.Range(1, Gangs).Select(id => new PlaceGangCommand { Gang = Spec((ulong)id, random) }).ToList();
        var rates = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            var world = new EngineWorld(Nodes);
            members = 0;
            var started = time.GetTimestamp();
            foreach (var command in commands)
            {
                if (world.Do(command).Detail is GangPlacement placement)
                    members += placement.Seats.Length;
            }
            rates.Add(members / time.GetElapsedTime(started).TotalSeconds);
        }
        report.Figure("1,000 mixed gangs 10k", "members placed", members, "");
        report.AtLeast("1,000 mixed gangs 10k", "member placements", Median.Of(rates), "1/s", 100_000);
    }

    private static GangSpec Spec(ulong id, Random random)
    {
        var gpus = 1 << random.Next(4);
        var members = random.Next(10) switch { < 6 => random.Next(2, 9), < 9 => random.Next(8, 65), _ => random.Next(64, 257) };
        return EngineWorld.Gang(id, members, gpus, (TopologyMode)random.Next(3), random.Next(0, EngineWorld.SpineTier + 2));
    }
}
