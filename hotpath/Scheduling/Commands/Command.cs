namespace Pipeline.Scheduling.Commands;

/// <summary>
/// One thing asked of the engine. Commands are journaled as they are, so they hold everything the decision depends on
/// except the state and the time. The caller owns the object; the engine keeps no reference to it after the step.
/// </summary>
public abstract class Command
{
    /// <summary>The tag under which the command is journaled; never reused for another shape.</summary>
    public abstract CommandKind Kind { get; }

    /// <summary>True: the reply waits until the command is on disk. False: it is answered from memory at once.</summary>
    public abstract bool Durable { get; }

    /// <summary>Id of the workload that its step looks for, for <see cref="Lookahead"/>; 0: none.</summary>
    internal virtual ulong Sought => 0;

    /// <summary>Appends the fields after the tag.</summary>
    internal abstract void Write(ref CommandWriter writer);
}

/// <summary>Journal tags of the commands. 1 is taken: <see cref="PlaceForm.Former"/>.</summary>
public enum CommandKind : byte
{
    Confirm = 2,
    Release = 3,
    Bind = 4,
    UpsertNode = 5,
    RemoveNode = 6,
    PlaceGang = 7,
    ReleaseGang = 8,
    Schedule = 9,
    SetTopology = 10,
    SetBudget = 11,
    Reserve = 12,
    CancelReservation = 13,
    ReportAlerts = 16,
    BeginStep = 17,
    CompleteStep = 18,
    Sweep = 19,
    SetPolicy = 20,
    ClaimTelling = 21,
    RecordTelling = 22,
    ReturnNode = 23,
    ConfirmMark = 24,
    Archived = 25,
    Uncordon = 26,
    AdoptRun = 27,
    AdoptMark = 28,
    SetSchedulingPolicy = 32,
    ReportCheckpoint = 33,
    ReportUtilization = 34,
    Explain = 35,
    Survey = 36,
    PlanEvictions = 37,
    Locate = 38,
    SelectNodes = 39,
    RemoveBudget = 40,
    Place = 41,
}
