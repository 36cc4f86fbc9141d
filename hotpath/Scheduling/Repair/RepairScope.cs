using Pipeline.Scheduling.Effects;

namespace Pipeline.Scheduling.Repair;

/// <summary>One step of the repair engine: the state it changes, its time and its effects.</summary>
internal readonly ref struct RepairScope(ClusterState cluster, long now, EffectBuffer effects)
{
    public ClusterState Cluster { get; } = cluster;

    public long Now { get; } = now;

    public EffectBuffer Effects { get; } = effects;

    public RepairState State
    {
        get => Cluster.Repair;
        set => Cluster.Repair = value;
    }

    public RepairPolicy Policy => State.Policy;

    /// <summary>Keeps the run, and lets the world know of its mark and its story.</summary>
    public Run Save(Run run)
    {
        var before = State.RunByNumber(run.Number);
        if (!run.Marking.Settled && (before is null || run.Marking.Wanted != before.Marking.Wanted))
            run = AskForMark(run);
        if (before is null || run.Timeline.Length != before.Timeline.Length)
            run = AskForTelling(run);
        Keep(run);
        return run;
    }

    /// <summary>Keeps the run as it is.</summary>
    public void Keep(Run run)
    {
        var state = State;
        var node = run.Ended && !run.Holds
            ? state.ByNode.TryGetValue(run.Node, out var holder) && holder == run.Number ? state.ByNode.Remove(run.Node) : state.ByNode
            : state.ByNode.SetItem(run.Node, run.Number);
        state = state with
        {
            ByNode = node,
            Repairing = state.Repairing + (run.Repairs ? 1 : 0) - (state.Live.TryGetValue(run.Number, out var before) && before.Repairs ? 1 : 0),
            Held = run.State == RunState.Held ? state.Held.Add(run.Number) : state.Held.Remove(run.Number),
            Live = run.Ended ? state.Live.Remove(run.Number) : state.Live.SetItem(run.Number, run),
        };
        State = !run.Ended
            ? state
            : state with
            {
                Ended = state.Ended.SetItem(run.Number, run),
                Escalated = run.Holds ? state.Escalated.SetItem(run.EndOrdinal, run.EndedAt) : state.Escalated.Remove(run.EndOrdinal),
                Unsettled = RunSweep.IsSettled(run) ? state.Unsettled.Remove(run.Number) : state.Unsettled.Add(run.Number),
            };
    }

    public Run AskForMark(Run run)
    {
        var marking = run.Marking;
        Effects.Add(marking.Wanted.Length == 0
            ? new Effect.Unmark(run.Node, run.NodeName, run.Id)
            : new Effect.Mark(run.Node, run.NodeName, run.Id, marking.Wanted, run.Step.ToString()) { Attempt = run.Attempt, FaultClass = run.Class.Name });
        return run with { Marking = marking with { Confirmed = NodeMarking.Unsure, AskedAt = Now } };
    }

    /// <summary>One wake-up is for all that there is to tell: none while one is under way, nor while somebody tells, who is asked again when he ends.</summary>
    public Run AskForTelling(Run run)
    {
        if (Tellings.IsBeingTold(run, Now))
            return run with { ToldAt = Tellings.AskLater };
        if (Tellings.IsAskedFor(run, Now))
            return run;
        Effects.Add(new Effect.Tell(run.Node, run.Id) { Delay = Tellings.PauseLeft(run, Now) });
        return run with { ToldAt = Now };
    }

    /// <returns>Number of the record.</returns>
    public long Record(AlertSignal alert, long at, string source, AlertOutcome outcome, string run, int truncated)
    {
        var number = State.Counters.Alerts + 1;
        State = State with
        {
            Counters = State.Counters with { Alerts = number },
            Alerts = State.Alerts.Add(new AlertRecord(number, at, source, alert, outcome, run, truncated)),
        };
        return number;
    }

    /// <summary>Gives out the next run number.</summary>
    public long NextRun()
    {
        State = State with { Counters = State.Counters with { Runs = State.Counters.Runs + 1 } };
        return State.Counters.Runs;
    }

    public long NextEnd()
    {
        State = State with { Counters = State.Counters with { Ends = State.Counters.Ends + 1 } };
        return State.Counters.Ends;
    }
}
