using System.Numerics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Journal.Disk;
using Pipeline.Journal.Log;

namespace Pipeline.Journal;

/// <summary>Settings of a log that stands alone.</summary>
public sealed record DurableLogOptions
{
    /// <summary>Where the log lives; created when missing. One instance at a time.</summary>
    public required string Directory { get; init; }

    /// <summary>
    /// Bytes per page, a power of two, 4 KiB to 16 MiB, default 2 MiB. An entry must fit on a page. Fixed when the log is created.
    /// </summary>
    public int PageBytes { get; init; } = 2 << 20;

    /// <summary>Bytes of memory for pages, a power of two, 4 pages to 256 MiB, default 8 MiB.</summary>
    public int MemoryBytes { get; init; } = 8 << 20;

    /// <summary>
    /// Bytes per file, a power of two, one page to 16 GiB, default 64 MiB. Truncation frees whole files. Fixed when the log is created.
    /// </summary>
    public long SegmentBytes { get; init; } = 64 << 20;

    /// <summary>Start with what is there although acknowledged entries are gone. Default false.</summary>
    public bool AcceptLoss { get; init; }

    /// <summary>Random id of a new log; default: a fresh one.</summary>
    public ulong? LogId { get; init; }

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    public ILogger Logger { get; init; } = NullLogger.Instance;

    internal DiskGate Gate { get; init; } = DiskGate.Open;

    internal LogGeometry Geometry => LogGeometry.Of(PageBytes, SegmentBytes);

    /// <exception cref="ArgumentException">A field is out of range; the message names it.</exception>
    public void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(Directory, nameof(Directory));
        CheckSize(nameof(PageBytes), PageBytes, 4 << 10, 16 << 20);
        CheckSize(nameof(MemoryBytes), MemoryBytes, 4L * PageBytes, 256 << 20);
        CheckSize(nameof(SegmentBytes), SegmentBytes, PageBytes, 16L << 30);
        if (LogId == 0)
            throw new ArgumentException("LogId must not be 0.", nameof(LogId));
    }

    private static void CheckSize(string field, long value, long least, long most)
    {
        if (value < least || value > most || !BitOperations.IsPow2(value))
            throw new ArgumentException($"{field} is {value}; it must be a power of two from {least} to {most} bytes.", field);
    }
}
