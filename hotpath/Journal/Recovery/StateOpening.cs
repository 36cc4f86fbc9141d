using Microsoft.Extensions.Logging;
using Pipeline.Journal.Disk;
using Pipeline.Journal.Log;
using Pipeline.Journal.Store;

namespace Pipeline.Journal.Recovery;

/// <summary>
/// Opens a <see cref="DurableState"/>: read everything, judge it, and only then change anything. The order of the changes (log files,
/// store, witness, log) is such that a crash among them leads to a refusal on the next start, never to a quiet one.
/// </summary>
internal static class StateOpening
{
    public static DurableState Open(DurableStateOptions options, StateReader? reader)
    {
        options.Validate();
        return LockedDirectory.Open(options.Directory, owned => Open(options, reader, owned));
    }

    private static DurableState Open(DurableStateOptions options, StateReader? reader, Stack<IDisposable> owned)
    {
        var logOptions = options.LogOptions;
        var witnessPath = Path.Combine(options.Directory, "witness");
        var state = Witness.TryRead(witnessPath);
        var (reading, store) = RecordStore.Read(Path.Combine(options.Directory, "store"), options.Gate);
        if (store != null)
            owned.Push(store);
        reader?.Image(store?.Image() ?? []);
        var files = new SegmentFiles(logOptions.Directory, options.Gate);
        var scan = LogScan.Run(files, logOptions.Geometry, state?.LogId ?? 0, covered: reading.Sequence, reader?.Entry);
        var verdict = Verdict.Of(scan, witnessPath, state, reading, BeginningMarker.Find(options.Marker));
        var damaged = Acceptance.Check(options.Directory, verdict, options.AcceptLoss, options.TimeProvider, options.Logger);

        LogFiles.Prepare(logOptions, scan, verdict, damaged);
        options.Gate.OnStage("log files prepared");
        var first = verdict.ContinuesLog ? scan.First : verdict.HighestUsed + 1;
        if (store == null)
            owned.Push(store = Replace(options, reading, state, damaged));
        store.CutRemains();
        if (store.Sequence < first - 1)
            store.Relabel(first - 1);
        options.Gate.OnStage("store prepared");
        var logId = scan.IsReadable ? scan.LogId : state?.LogId ?? LogIds.Next();
        if (damaged != null && File.Exists(witnessPath))
            damaged.Copy(witnessPath);
        var witness = state == null || damaged != null
            ? Witness.Create(witnessPath, new WitnessState(logId, verdict.HighestUsed, first, store.Sequence, store.Count), options.Gate)
            : Witness.Open(witnessPath, options.Gate);
        owned.Push(witness);
        options.Gate.OnStage("witness prepared");
        owned.Push(new WitnessFlusher(witness, options.TimeProvider, options.Logger));
        var log = DurableLog.Start(new LogStart(logOptions, scan, verdict, witness, logId));
        BeginningMarker.Make(options.Marker, options.Directory, options.TimeProvider);
        var loss = damaged == null ? null : new LossReport(verdict.Problems, verdict.Lost, damaged.Moved);
        return new DurableState(log, store, witness, options.Gate, owned, loss);
    }

    private static RecordStore Replace(DurableStateOptions options, StoreReading reading, WitnessState? witness, DamagedFiles? damaged)
    {
        if (reading.Damage != null && damaged == null)
            options.Logger.LogWarning("The store is rebuilt from the journal, which holds everything: {Damage}", reading.Damage);
        else if (witness is { Checkpoint: > 0 } && damaged == null)
            options.Logger.LogWarning("The store is missing and is rebuilt from the journal, which holds everything: {Directory}", reading.Directory);
        if (reading.Damage != null || (damaged != null && reading.Exists))
            (damaged ?? new DamagedFiles(options.Directory, options.TimeProvider)).Move(reading.Directory);
        return RecordStore.Create(reading.Directory, options.Gate);
    }
}
