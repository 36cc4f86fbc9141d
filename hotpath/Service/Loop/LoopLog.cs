using Microsoft.Extensions.Logging;

namespace Pipeline.Hotpath.Loop;

internal static partial class LoopLog
{
    [LoggerMessage(1, LogLevel.Critical, "The decision loop broke and has stopped; the process must restart and recover from the journal.")]
    public static partial void Crashed(ILogger logger, Exception exception);

    [LoggerMessage(2, LogLevel.Critical, "The journal cannot commit: durable commands are refused until the service restarts with a working disk; placements go on from memory.")]
    public static partial void JournalFailed(ILogger logger, Exception exception);

    [LoggerMessage(3, LogLevel.Information, "Recovered {Nodes} nodes, {Workloads} workloads and {Runs} live runs: checkpoint {Checkpoint}, {Replayed} commands replayed, in {Milliseconds} ms.")]
    public static partial void Recovered(ILogger logger, int nodes, int workloads, int runs, long checkpoint, long replayed, long milliseconds);

    [LoggerMessage(7, LogLevel.Critical, "The {Part} broke and has stopped; the process must start again.")]
    public static partial void PartBroke(ILogger logger, Exception exception, string part);

    [LoggerMessage(4, LogLevel.Warning, "Effect {Effect} for node {Node} failed; the sweep repeats it.")]
    public static partial void EffectFailed(ILogger logger, Exception exception, string effect, int node);

    [LoggerMessage(5, LogLevel.Information, "Checkpoint at sequence {Sequence}: {Parts} parts written, {Deleted} deleted, in {Milliseconds} ms.")]
    public static partial void Checkpointed(ILogger logger, long sequence, int parts, int deleted, long milliseconds);

    [LoggerMessage(6, LogLevel.Error, "The checkpoint failed; the journal keeps everything since the last one.")]
    public static partial void CheckpointFailed(ILogger logger, Exception exception);
}
