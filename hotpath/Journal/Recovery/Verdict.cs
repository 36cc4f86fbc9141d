using Pipeline.Journal.Log;

namespace Pipeline.Journal.Recovery;

/// <summary>Compares what the disk holds with what the witness and the entries themselves prove to have been acknowledged.</summary>
internal sealed class Verdict
{
    private readonly List<string> _problems = [];
    private readonly List<SequenceRange> _lost = [];

    public IReadOnlyList<string> Problems => _problems;

    public IReadOnlyList<SequenceRange> Lost => _lost;

    public bool IsFresh { get; private init; }

    /// <summary>
    /// New entries are numbered above this. After a loss it includes whatever was seen; a torn tail that nobody was told of is simply
    /// reused.
    /// </summary>
    public long HighestUsed { get; private set; }

    /// <summary>True when the log can be continued from its readable end; false when a new one has to be begun.</summary>
    public bool ContinuesLog { get; private init; }

    /// <param name="scan">The log's files.</param>
    /// <param name="witnessPath">For the message.</param>
    /// <param name="witness">Null when missing or damaged.</param>
    /// <param name="store">Null for a log that stands alone.</param>
    /// <param name="marker">File that says that there were data; null when nothing says so.</param>
    public static Verdict Of(LogScan scan, string witnessPath, WitnessState? witness, StoreReading? store, string? marker = null)
    {
        var anything = scan.HasFiles || store is { Exists: true } || File.Exists(witnessPath);
        var covered = store?.Sequence ?? (witness?.First - 1 ?? (scan.IsReadable ? scan.First - 1 : 0));
        var acknowledged = Math.Max(witness?.Committed ?? 0, scan.ProvenCommitted);
        var verdict = new Verdict
        {
            IsFresh = !anything,
            HighestUsed = Math.Max(acknowledged, covered),
            ContinuesLog = scan.IsReadable && scan.Last >= covered,
        };
        if (!anything)
        {
            if (marker != null)
                verdict._problems.Add($"Journal, store and witness ('{witnessPath}') are missing, although '{marker}' says that they were begun: all that was in them is gone.");
            return verdict;
        }
        verdict.CheckWitness(scan, witnessPath, witness);
        if (store != null)
            verdict.CheckStore(scan, witness, store);
        verdict.CheckLog(scan, covered, acknowledged);
        if (verdict.Problems.Count > 0)
            verdict.HighestUsed = Math.Max(verdict.HighestUsed, Math.Max(scan.HighestSeen, witness?.Checkpoint ?? 0));
        return verdict;
    }

    private void CheckWitness(LogScan scan, string path, WitnessState? witness)
    {
        var holds = scan.IsReadable ? $"{new SequenceRange(scan.First, scan.Last)}" : "nothing readable";
        if (witness == null)
        {
            var how = File.Exists(path) ? "damaged" : "missing";
            _problems.Add(
                $"The witness '{path}' is {how}, so it cannot be told whether acknowledged entries are gone; the journal holds {holds}.");
        }
        else if (scan.IsReadable && scan.LogId != witness.Value.LogId)
        {
            _problems.Add(
                $"The files in '{scan.Files.Directory}' belong to another log (id {scan.LogId:x16}) "
                + $"than the witness '{path}' (id {witness.Value.LogId:x16}).");
        }
    }

    private void CheckStore(LogScan scan, WitnessState? witness, StoreReading store)
    {
        var rebuildable = scan.IsReadable && scan.First <= store.Sequence + 1;
        if (rebuildable || (store.Damage == null && (witness == null || witness.Value.Checkpoint <= store.Sequence)))
            return;
        var held = witness is { Checkpoint: > 0 }
            ? $"the completed checkpoint covered everything up to sequence {witness.Value.Checkpoint}, in {witness.Value.Records} records"
            : "no checkpoint is known to have been completed";
        _problems.Add(
            store.Damage != null ? $"The store in '{store.Directory}' is damaged ({store.Damage}); {held}."
            : store.Sequence == 0 ? $"The store in '{store.Directory}' is missing; {held}."
            : $"The store in '{store.Directory}' is at sequence {store.Sequence}, too old; {held}.");
        if (witness == null)
            return;
        if (!scan.IsReadable)
            Lose(store.Sequence + 1, witness.Value.Checkpoint);
    }

    private void CheckLog(LogScan scan, long covered, long acknowledged)
    {
        if (scan.IsReadable && scan.First > covered + 1)
        {
            var gap = new SequenceRange(covered + 1, scan.First - 1);
            _problems.Add($"Entries {gap} are gone: the journal in '{scan.Files.Directory}' begins at {scan.First}.");
            Lose(gap.From, gap.To);
        }
        var have = Math.Max(scan.IsReadable ? scan.Last : 0, covered);
        if (acknowledged <= have)
            return;
        var missing = scan.MissingFiles().ToList();
        var place = missing.Count > 0 ? $"'{string.Join("', '", missing)}' missing"
            : scan.IsReadable ? $"the readable part ends in {scan.TailPlace}"
            : scan.HasFiles ? $"nothing can be read from '{scan.Files.PathOf(scan.Segments[0])}'"
            : $"'{scan.Files.Directory}' holds no segment";
        var behind = scan.HighestSeen > have ? $"; intact entries up to {scan.HighestSeen} lie behind the damage" : "";
        _problems.Add($"Entries {new SequenceRange(have + 1, acknowledged)} were acknowledged and are gone: {place}{behind}.");
        Lose(have + 1, acknowledged);
    }

    private void Lose(long from, long to)
    {
        if (to >= from)
            _lost.Add(new SequenceRange(from, to));
    }
}
