using System.Collections.Immutable;

namespace Pipeline.Scheduling.Repair;

/// <summary>What to do about which fault. Journaled as one command; live runs keep the ladder they have.</summary>
/// <param name="Classes">Fault classes by name.</param>
/// <param name="Xids">Fault class of each known XID.</param>
/// <param name="Correlations">XIDs that mean something else together.</param>
/// <param name="UnknownXidClass">Fault class of an XID without a rule; empty: such alerts are only recorded.</param>
/// <param name="MaxRepairingPercent">Storm guard: share of the nodes in repair at once, 1 to 100; at least one node always may, 100 is off.</param>
/// <param name="MaxAttempts">Attempts of a run over all its steps, 1 to 100; then it escalates.</param>
public sealed record RepairPolicy(
    ImmutableDictionary<string, FaultClass> Classes,
    ImmutableDictionary<int, string> Xids,
    ImmutableArray<CorrelationRule> Correlations,
    string UnknownXidClass,
    int MaxRepairingPercent,
    int MaxAttempts)
{
    public static RepairPolicy Empty { get; } = new(
        ImmutableDictionary<string, FaultClass>.Empty, ImmutableDictionary<int, string>.Empty, [], "", 100, 12);
}

/// <param name="Name">Unique, lower case with dashes.</param>
/// <param name="Severity">1 to 100; a worse fault supersedes the run's.</param>
/// <param name="Repeats">Faults of the class on the same GPU (or node) within the window before it acts, at most 100; 0: only records, 1: acts at once.</param>
/// <param name="Window">Milliseconds.</param>
/// <param name="Ladder">Drain and actions, in order; each action is followed by the health check. Empty: escalates at once.</param>
/// <param name="HealthCheck">Deadline and tries of the health check; 0 tries: there is none.</param>
/// <param name="Soak">Milliseconds of watching a healthy node before it is given back.</param>
/// <param name="Ending"><see cref="RunState.Escalated"/> or <see cref="RunState.NeedsHardware"/>.</param>
public sealed record FaultClass(
    string Name, int Severity, int Repeats, long Window, ImmutableArray<LadderStep> Ladder, LadderStep HealthCheck, long Soak, RunState Ending)
{
    /// <summary>An action is followed by a health check.</summary>
    internal bool IsChecked => HealthCheck.Tries > 0;
}

/// <param name="Deadline">Milliseconds from the beginning of an attempt; then its outcome is unknown.</param>
/// <param name="Tries">Attempts of this step before the ladder goes on; at least 1.</param>
/// <param name="Repeatable">False: after an unknown outcome it is not done again; the health check decides what comes next.</param>
/// <param name="EscalateOnFailure">Escalate when the step fails, instead of going on.</param>
/// <param name="OnlyFaultyGpus">Drain: only workloads on the faulty GPUs.</param>
public sealed record LadderStep(StepKind Kind, long Deadline, int Tries, bool Repeatable, bool EscalateOnFailure, bool OnlyFaultyGpus);

/// <param name="Window">Milliseconds between the two, in either order.</param>
public sealed record CorrelationRule(int Xid, ImmutableArray<int> With, long Window, string FaultClass);
