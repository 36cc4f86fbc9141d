using Pipeline.Journal.Disk;
using Pipeline.Journal.Recovery;

namespace Pipeline.Journal.Log;

/// <summary>Opens a log that has its own lock and witness in its directory.</summary>
internal static class StandaloneLog
{
    public static DurableLog Open(DurableLogOptions options)
    {
        options.Validate();
        return LockedDirectory.Open(options.Directory, owned => Open(options, owned));
    }

    private static DurableLog Open(DurableLogOptions options, Stack<IDisposable> owned)
    {
        var witnessPath = Path.Combine(options.Directory, "witness");
        var state = Witness.TryRead(witnessPath);
        var files = new SegmentFiles(options.Directory, options.Gate);
        var scan = LogScan.Run(files, options.Geometry, state?.LogId ?? 0, covered: state?.First - 1 ?? 0);
        var verdict = Verdict.Of(scan, witnessPath, state, store: null);
        var damaged = Acceptance.Check(options.Directory, verdict, options.AcceptLoss, options.TimeProvider, options.Logger);
        var logId = scan.IsReadable ? scan.LogId : state?.LogId ?? options.LogId ?? LogIds.Next();
        LogFiles.Prepare(options, scan, verdict, damaged);
        var first = verdict.ContinuesLog ? scan.First : verdict.HighestUsed + 1;
        if (damaged != null && File.Exists(witnessPath))
            damaged.Copy(witnessPath);
        var witness = state == null || damaged != null
            ? Witness.Create(witnessPath, new WitnessState(logId, verdict.HighestUsed, first, Checkpoint: 0, Records: 0), options.Gate)
            : Witness.Open(witnessPath, options.Gate);
        owned.Push(witness);
        owned.Push(new WitnessFlusher(witness, options.TimeProvider, options.Logger));
        var log = DurableLog.Start(new LogStart(options, scan, verdict, witness, logId));
        log.Loss = damaged == null ? null : new LossReport(verdict.Problems, verdict.Lost, damaged.Moved);
        log.Own(owned);
        return log;
    }
}
