using System.Buffers;
using FASTER.core;
using Pipeline.Journal;

namespace Pipeline.Benchmarks.Recover;

/// <summary>A FasterLog as it comes, with its own device, recovery and iterator: the bare scan that a recovery is held against.</summary>
internal sealed class StockLog : IDisposable
{
    private readonly FasterLogSettings _settings;
    private readonly FasterLog _log;

    public StockLog(string directory)
    {
        _settings = new FasterLogSettings(directory)
        {
            PageSize = 2 << 20,
            MemorySize = 8 << 20,
            SegmentSize = 64 << 20,
            LogChecksum = LogChecksumType.PerEntry,
            TryRecoverLatest = false,
        };
        _log = new FasterLog(_settings);
    }

    /// <summary>Fills a new log with the entries of a journal.</summary>
    public void Take(IDurableLog journal)
    {
        journal.Replay(journal.FirstSequence, (_, payload) => _log.Enqueue(payload));
        _log.Commit(spinWait: true);
    }

    /// <returns>How many entries there are.</returns>
    public int Scan()
    {
        _log.Recover();
        using var entries = _log.Scan(_log.BeginAddress, _log.TailAddress);
        var count = 0;
        for (; entries.GetNext(MemoryPool<byte>.Shared, out var entry, out _, out _, out _); count++)
            entry.Dispose();
        return count;
    }

    public void Dispose()
    {
        _log.Dispose();
        _settings.Dispose();
    }
}
