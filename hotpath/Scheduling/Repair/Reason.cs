namespace Pipeline.Scheduling.Repair;

/// <summary>Why a run moved. Closed: behaviour, notifications and metrics go by the code; the detail is for people.</summary>
public enum Reason : byte
{
    FaultAccepted = 1,

    /// <summary>The class acts only on repeats, and there were too few.</summary>
    AwaitingRepeat,
    NotRepeated,

    /// <summary>Too many nodes are in repair; the node stays in scheduling until it is its turn.</summary>
    StormGuard,
    OutOfScheduling,
    AttemptBegun,
    AttemptSucceeded,
    AttemptFailed,

    /// <summary>The deadline passed, or the executor could not tell: the side effect may or may not have happened.</summary>
    OutcomeUnknown,
    HealthCheckPassed,
    HealthCheckFailed,
    SoakCompleted,
    FaultDuringSoak,
    FaultAttached,
    Superseded,
    AlertsTruncated,
    Resolved,
    ResolvedBeforeAction,
    LadderExhausted,
    AttemptsExhausted,

    /// <summary>The playbook asks for a person at this point.</summary>
    PlaybookEscalates,

    /// <summary>A step failed whose failure a person must see.</summary>
    StepMustSucceed,
    HardwareSuspected,
    NodeRemoved,
    NodeReturned,

    /// <summary>The class has no health check; the soak alone decides.</summary>
    HealthCheckSkipped,

    /// <summary>Nobody took the attempt up, however often it was queued.</summary>
    Unattended,

    /// <summary>A person took the run's mark off its node, and so decided that the node is used again.</summary>
    CancelledByPerson,

    /// <summary>The node carried the mark of a run of which nothing else was left.</summary>
    MarkFound,
}
