using System.ComponentModel.DataAnnotations;

namespace Pipeline.Hotpath.Loop;

/// <summary>How the decision loop batches.</summary>
public sealed class LoopOptions
{
    /// <summary>Commands that may wait for the loop. More are refused at once: the caller must slow down. Default 8,192, range 64 to 1,048,576.</summary>
    [Range(64, 1_048_576)]
    public int QueueCapacity { get; set; } = 8_192;

    /// <summary>Commands decided in one turn. A reader may wait as long as it takes to decide so many. Default 256, range 1 to 65,536.</summary>
    [Range(1, 65_536)]
    public int MaxBatch { get; set; } = 256;

    /// <summary>
    /// Placements, confirmations and releases decided between two snapshots when nobody reads. A reader, and whoever decides meanwhile, may
    /// wait as long as it takes to copy what so many changed. Default 1,024, range 1 to 65,536.
    /// </summary>
    [Range(1, 65_536)]
    public int MaxUnpublished { get; set; } = 1_024;

    /// <summary>
    /// Journaled soft commands that may pile up without a commit while the loop is never idle. A crash forgets at most these;
    /// the cluster is their record. Default 4,096, range 1 to 1,048,576.
    /// </summary>
    [Range(1, 1_048_576)]
    public int MaxUncommittedSoft { get; set; } = 4_096;

    /// <summary>
    /// Durable replies that may wait for the disk. While so many wait, further durable commands are refused at once: a disk that answers no
    /// more must fill no memory. Default 65,536, range 64 to 1,048,576.
    /// </summary>
    [Range(64, 1_048_576)]
    public int MaxAwaitingCommit { get; set; } = 65_536;
}
