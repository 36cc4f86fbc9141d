namespace Pipeline.Scheduling.Repair;

public enum AlertStatus : byte
{
    Firing = 1,
    Resolved = 2,
}

/// <summary>What an alert is about, as far as its labels tell.</summary>
public enum AlertKind : byte
{
    Fault = 1,
    Test = 2,
    NoData = 3,
    DatasourceError = 4,
    Unclassified = 5,
}

/// <summary>What became of an alert.</summary>
public enum AlertOutcome : byte
{
    Accepted = 1,
    Duplicate = 2,

    /// <summary>Recorded, never repaired.</summary>
    Ignored = 3,

    /// <summary>Recorded and visible; the cluster has no such node.</summary>
    UnknownNode = 4,
}

/// <summary>An alert as the engine judges it.</summary>
/// <param name="StartsAt">Unix milliseconds; with the fingerprint it names the episode.</param>
/// <param name="Node">Node name as the labels give it; empty when they name none.</param>
/// <param name="GpuMask">Bit i: GPU i; 0: the whole node.</param>
/// <param name="Xid">NVIDIA XID, 0 when it is none.</param>
/// <param name="FaultClass">Class named by the taxonomy for an alert without an XID rule, or by XID 154's text; else empty.</param>
/// <param name="Overrides">The class replaces the run's, whatever its severity (XID 154).</param>
public sealed record AlertSignal(
    string Fingerprint, long StartsAt, AlertStatus Status, AlertKind Kind, string AlertName, string Node, uint GpuMask, int Xid,
    string FaultClass, bool Overrides, string Summary, AlertLabels Labels);
