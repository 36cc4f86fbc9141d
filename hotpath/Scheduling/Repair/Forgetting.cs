using Pipeline.Scheduling.Commands;

namespace Pipeline.Scheduling.Repair;

/// <summary>Drops from memory what the record store has.</summary>
internal static class Forgetting
{
    /// <summary>The newest stay in memory for readers.</summary>
    public const int KeptRuns = 1_000;
    public const int KeptAlerts = 10_000;

    public static Reply Archived(RepairScope scope, ArchivedCommand command)
    {
        var state = scope.State;
        if (command.RunsThrough < 0 || command.RunsThrough > state.Counters.Ends)
            return Reply.Invalid($"runsThrough: {state.Counters.Ends} runs have ended");
        if (command.AlertsThrough < 0 || command.AlertsThrough > state.Counters.Alerts)
            return Reply.Invalid($"alertsThrough: there are {state.Counters.Alerts} alert records");
        var ended = state.Ended;
        var unfinished = command.Unfinished.ToHashSet();
        foreach (var (number, run) in state.Ended)
        {
            if (ended.Count <= KeptRuns)
                break;
            if (run.EndOrdinal <= command.RunsThrough && !run.Holds && RunSweep.IsSettled(run) && !unfinished.Contains(number))
                ended = ended.Remove(number);
        }

        var homeless = state.HomelessAlerts.Concat(command.Homeless).ToHashSet();
        var alerts = state.Alerts.Forget(command.AlertsThrough, KeptAlerts, homeless);
        if (ReferenceEquals(ended, state.Ended) && ReferenceEquals(alerts, state.Alerts))
            return Reply.Of(Outcome.Unchanged);
        scope.State = state with { Ended = ended, Alerts = alerts };
        return Reply.Of(Outcome.Done);
    }
}
