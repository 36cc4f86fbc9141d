using Pipeline.Benchmarks.Decide;
using Pipeline.Benchmarks.Framework;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;

namespace Pipeline.Benchmarks.Journal;

/// <summary>Whether those who ask for placements notice a checkpoint of a large model.</summary>
internal static class CheckpointWhileServing
{
    private const int Nodes = 100_000;
    private const int Workloads = 300_000;
    private const int Rounds = 5;
    private const int QuietRounds = 20_000;
    private const int Churn = 20_000;

    public static async Task RunAsync(Report report)
    {
        var fleet = new Fleet(Nodes);
        for (var workload = 0; workload < Workloads; workload++)
            fleet.Place((ulong)workload + 1, $"team-{workload % 200:000}/training-{workload:0000000}-worker-0", milli: 500);
        using var scratch = new Scratch();
        await using var rig = new LoopRig(scratch.Sub("state"), fleet.State);
        var (quiet, busy, requests, step) = (new Gauge(TimeProvider.System), new Gauge(TimeProvider.System), Fleet.Requests(4096), 0);
        var (place, release) = (new PlaceCommand { Workload = 1UL << 60, Name = "bench/probe" }, new ReleaseCommand { Workload = 1UL << 60 });
        var longest = TimeSpan.Zero;
        await rig.Checkpointer.CheckpointAsync();
        await new Gauge(TimeProvider.System).RunAsync(50_000, PlaceAndReleaseAsync);
        for (var round = 0; round < Rounds; round++)
        {
            await TouchManyPagesAsync(round);
            await quiet.RunAsync(QuietRounds, PlaceAndReleaseAsync);
            var started = TimeProvider.System.GetTimestamp();
            var checkpoint = Task.Run(rig.Checkpointer.CheckpointAsync);
            while (!checkpoint.IsCompleted)
                await busy.RunAsync(100, PlaceAndReleaseAsync);
            await checkpoint;
            longest = TimeProvider.System.GetElapsedTime(started);
        }
        report.Figure($"checkpoint {Nodes / 1000}k nodes", "duration", longest.TotalMilliseconds, "ms");
        report.Latency("place+release through the loop", quiet.Result);
        report.Latency("the same during a checkpoint", busy.Result);
        report.Ratio("the same during a checkpoint", "p99", busy.Result.P99, "ns", "p99 without", quiet.Result.P99, 2);

        async ValueTask PlaceAndReleaseAsync()
        {
            var (group, gpus) = requests[step++ & 4095];
            (place.Groups, place.GpuCount, place.GpuMilli) = (GroupSet.OneOrAny(group), gpus, 1000);
            (place.CpuMilli, place.MemoryMib) = (gpus * 100, gpus * 100);
            await rig.SubmitAsync(place, Outcome.Done).ConfigureAwait(false);
            await rig.SubmitAsync(release, Outcome.Done).ConfigureAwait(false);
        }

        // A checkpoint writes what changed, so much has to have changed.
        async Task TouchManyPagesAsync(int round)
        {
            for (var i = 0; i < Churn; i++)
            {
                var id = (ulong)((i * 15 + round) % Workloads) + 1;
                await rig.SubmitAsync(new ReleaseCommand { Workload = id }, Outcome.Done);
                await rig.SubmitAsync(new PlaceCommand
                {
                    Workload = id,
                    Name = $"team/again-{id}",
                    GpuCount = 1,
                    GpuMilli = 500,
                    CpuMilli = 1000,
                    MemoryMib = 4000,
                }, Outcome.Done);
            }
        }
    }
}
