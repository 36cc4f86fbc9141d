using System.Collections.Concurrent;
using Pipeline.Journal;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;

namespace Pipeline.Hotpath.Loop;

/// <summary>
/// Goes through the commands of a journal in their order. They are read, checked and decoded ahead, on a thread of their own: who recovers
/// has nothing else to do with the second processor, and all of it in turns takes half as long again.
/// </summary>
internal static class CommandReplay
{
    // All batches together stay in the cache beside the model, which they pass through again and again. One half as long costs more in
    // switches between the threads than it saves.
    private const int BatchSize = 512;

    // One is filled, one is gone through, and one for each side to go on with when the other is late.
    private const int Batches = 4;

    /// <param name="commands">At most <see cref="Lookahead.Depth"/> that follow each other, valid during the call.</param>
    /// <param name="times">Their times in Unix milliseconds.</param>
    public delegate void Stretch(ReadOnlySpan<Command> commands, ReadOnlySpan<long> times);

    /// <param name="read">Gives its entries to the handler, in order.</param>
    /// <param name="step">Is given all commands.</param>
    /// <exception cref="InvalidDataException">An entry is no command; those before it were gone through. As any other error of <paramref name="read"/>.</exception>
    public static void Run(Action<ReplayEntry> read, Stretch step)
    {
        using var stop = new CancellationTokenSource();
        using BlockingCollection<Batch> free = [], full = [];
        for (var i = 0; i < Batches; i++)
            free.Add(new Batch());
        var reading = Task.Factory.StartNew(
            () => Read(read, free, full, stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            foreach (var batch in full.GetConsumingEnumerable())
            {
                for (var at = 0; at < batch.Count; at += Lookahead.Depth)
                {
                    var end = Math.Min(at + Lookahead.Depth, batch.Count);
                    step(batch.Commands.AsSpan(at..end), batch.Times.AsSpan(at..end));
                }
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

    private static void Read(Action<ReplayEntry> read, BlockingCollection<Batch> free, BlockingCollection<Batch> full, CancellationToken stop)
    {
        var batch = free.Take(stop);
        try
        {
            read((_, payload) =>
            {
                batch.Commands[batch.Count] = batch.Codec.Read(payload, out batch.Times[batch.Count]);
                if (++batch.Count < BatchSize)
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

    private sealed class Batch
    {
        public readonly Command[] Commands = new Command[BatchSize];
        public readonly long[] Times = new long[BatchSize];
        public readonly CommandCodec Codec = new(BatchSize);
        public int Count;

        public void Clear()
        {
            Count = 0;
            Codec.Rewind();
        }
    }
}
