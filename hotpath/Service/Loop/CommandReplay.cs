using System.Collections.Concurrent;
using Pipeline.Journal;
using Pipeline.Scheduling.Commands;

namespace Pipeline.Hotpath.Loop;

/// <summary>
/// Goes through the commands of a journal in their order. They are read and decoded ahead, on a thread of their own: who recovers has
/// nothing else to do with the second processor, and reading, decoding and stepping in turns takes half as long again.
/// </summary>
internal static class CommandReplay
{
    // A batch a fourth as long costs more in switches between the threads than reading ahead gains.
    private const int BatchSize = 1_024;

    // One is filled, one is gone through, and one for each side to go on with when the other is late.
    private const int Batches = 4;

    /// <param name="from">Sequence number of the first command.</param>
    /// <param name="step">Is given each command, which is valid during the call, and its time in Unix milliseconds.</param>
    /// <exception cref="InvalidDataException">An entry cannot be read or is no command; those before it were gone through.</exception>
    public static void Run(IDurableLog log, long from, Action<Command, long> step)
    {
        using var stop = new CancellationTokenSource();
        using BlockingCollection<Batch> free = [], full = [];
        for (var i = 0; i < Batches; i++)
            free.Add(new Batch());
        var reading = Task.Factory.StartNew(
            () => Read(log, from, free, full, stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            foreach (var batch in full.GetConsumingEnumerable())
            {
                foreach (var (command, at) in batch)
                    step(command, at);
                batch.Clear();
                free.Add(batch);
            }
        }
        finally
        {
            stop.Cancel();
            Task.WaitAny(reading);
        }
        reading.GetAwaiter().GetResult();
    }

    private static void Read(
        IDurableLog log, long from, BlockingCollection<Batch> free, BlockingCollection<Batch> full, CancellationToken stop)
    {
        var codec = new CommandCodec(BatchSize * Batches);
        var batch = free.Take(stop);
        try
        {
            log.Replay(from, (_, payload) =>
            {
                batch.Add((codec.Read(payload, out var at), at));
                if (batch.Count < BatchSize)
                    return;
                full.Add(batch, stop);
                batch = free.Take(stop);
            });
        }
        finally
        {
            full.Add(batch, CancellationToken.None);
            full.CompleteAdding();
        }
    }

    private sealed class Batch() : List<(Command Command, long At)>(BatchSize);
}
