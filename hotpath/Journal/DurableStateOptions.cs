using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Journal.Disk;

namespace Pipeline.Journal;

/// <summary>Settings of <see cref="DurableState"/>.</summary>
public sealed record DurableStateOptions
{
    /// <summary>Data directory; created when missing. One instance at a time.</summary>
    public required string Directory { get; init; }

    /// <summary>Start with what is there although acknowledged data are gone. Default false.</summary>
    public bool AcceptLoss { get; init; }

    /// <summary>
    /// A small file outside of <see cref="Directory"/> that says that data were begun there; made on opening. While it is there, an empty or
    /// missing directory counts as a loss and not as a new beginning. Default null: none.
    /// </summary>
    public string? Marker { get; init; }

    /// <inheritdoc cref="DurableLogOptions.PageBytes"/>
    public int PageBytes { get; init; } = 2 << 20;

    /// <inheritdoc cref="DurableLogOptions.MemoryBytes"/>
    public int MemoryBytes { get; init; } = 8 << 20;

    /// <inheritdoc cref="DurableLogOptions.SegmentBytes"/>
    public long SegmentBytes { get; init; } = 64 << 20;

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    public ILogger Logger { get; init; } = NullLogger.Instance;

    internal DiskGate Gate { get; init; } = DiskGate.Open;

    internal DurableLogOptions LogOptions => new()
    {
        Directory = Path.Combine(Directory, "journal"),
        PageBytes = PageBytes,
        MemoryBytes = MemoryBytes,
        SegmentBytes = SegmentBytes,
        TimeProvider = TimeProvider,
        Logger = Logger,
        Gate = Gate,
    };

    /// <exception cref="ArgumentException">A field is out of range; the message names it.</exception>
    public void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(Directory, nameof(Directory));
        LogOptions.Validate();
    }
}
