using Pipeline.Hotpath.Loop;
using Pipeline.Journal;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Hotpath.Api;

/// <summary>Runs and alerts in memory, and behind them those that only the record store still has.</summary>
internal sealed class RunArchive(DurableState durable)
{
    public IEnumerable<Run> NewestFirst(RepairState repair, long before)
    {
        var last = Math.Min(before, repair.Counters.Runs + 1);
        foreach (var run in repair.NewestFirst(before))
        {
            // Between two runs in memory lie those that were forgotten.
            foreach (var archived in Between(run.Number, last))
                yield return archived;
            yield return run;
            last = run.Number;
        }

        foreach (var archived in Between(0, last))
            yield return archived;
    }

    public Run? Find(RepairState repair, string id)
        => repair.RunById(id) ?? (RunId.TryParse(id, out var number) && Read(number) is { } run && run.Id == id ? run : null);

    public IEnumerable<AlertRecord> AlertsNewestFirst(RepairState repair, long before)
    {
        for (var number = Math.Min(before - 1, repair.Counters.Alerts); number > 0; number--)
        {
            if (repair.Alerts.TryGetValue(number, out var record))
                yield return record;
            else if (durable.TryRead(Archive.AlertKey(number), out var bytes))
                yield return ReadAlert(bytes);
        }
    }

    private IEnumerable<Run> Between(long after, long before)
    {
        for (var number = before - 1; number > after; number--)
        {
            if (Read(number) is { } run)
                yield return run;
        }
    }

    private Run? Read(long number) => durable.TryRead(Archive.RunKey(number), out var bytes) ? ReadRun(bytes) : null;

    private static Run ReadRun(byte[] bytes)
    {
        var reader = new CommandReader(bytes);
        return RepairCodec.ReadRun(ref reader);
    }

    private static AlertRecord ReadAlert(byte[] bytes)
    {
        var reader = new CommandReader(bytes);
        return RepairCodec.ReadAlertRecord(ref reader);
    }
}
