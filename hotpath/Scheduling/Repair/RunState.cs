namespace Pipeline.Scheduling.Repair;

/// <summary>
/// Where a run stands: Observed → Held → Quarantined → Draining → Acting → Verifying → Soaking → Healthy, or Escalated → NeedsHardware.
/// Healthy, Escalated and NeedsHardware are the ends; after the last two the node stays out of scheduling until a person returns it.
/// </summary>
public enum RunState : byte
{
    Observed = 1,
    Held = 2,
    Quarantined = 3,
    Draining = 4,
    Acting = 5,
    Verifying = 6,
    Soaking = 7,
    Healthy = 8,
    Escalated = 9,
    NeedsHardware = 10,
}

/// <summary>Rungs of a repair ladder.</summary>
public enum StepKind : byte
{
    None = 0,
    Drain = 1,
    DriverReset = 2,
    GpuReset = 3,
    Reboot = 4,
    PowerCycle = 5,
    HealthCheck = 6,
    Soak = 7,
    Escalate = 8,
}

/// <summary>How a begun attempt ended, as its executor tells.</summary>
public enum StepOutcome : byte
{
    Succeeded = 1,
    Failed = 2,

    /// <summary>Nobody can tell whether the side effect happened, and it must not happen twice.</summary>
    Unknown = 3,
}
