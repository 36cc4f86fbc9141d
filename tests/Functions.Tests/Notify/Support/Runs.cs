using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Tests.Notify.Support;

/// <summary>Runs as the engine would give them.</summary>
internal static class Runs
{
    public const string Id = "r-0001";

    public static readonly DateTimeOffset Opened = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    /// <summary>A run that was just opened: the fault and the node's leaving, the alert 42 s old.</summary>
    public static Run New(string id = Id)
    {
        var opened = Opened.ToUnixTimeMilliseconds();
        var run = new Run
        {
            Id = id,
            Node = "gpu-0012",
            FaultClass = "gpu-off-bus",
            Summary = "XID 79, GPU 3 has fallen off the bus",
            OpenedAt = opened,
            StartsAt = opened - 42_000,
            GpuMask = 8,
            Fingerprints = { "fac0861a85de433a" },
        };
        return run
            .Then(RunState.Observed, "FaultAccepted", detail: "XID 79, GPU 3 has fallen off the bus", afterMs: 200)
            .Then(RunState.Quarantined, "OutOfScheduling", afterMs: 100);
    }

    /// <summary>Adds the two entries of an attempt.</summary>
    public static Run Tried(this Run run, RunState state, StepKind step, int attempt, string outcome, int tookMs, string detail = "") =>
        run.Then(state, "AttemptBegun", step, attempt, afterMs: 100).Then(state, outcome, step, attempt, detail, tookMs);

    public static Run Drained(this Run run) => run.Tried(RunState.Draining, StepKind.Drain, 1, "AttemptSucceeded", 3_000);

    public static Run Rebooted(this Run run) => run.Tried(RunState.Acting, StepKind.Reboot, 2, "AttemptSucceeded", 8_000);

    public static Run Healed(this Run run) =>
        run
            .Then(RunState.Verifying, "AttemptBegun", StepKind.HealthCheck, 3, afterMs: 100)
            .Then(RunState.Soaking, "HealthCheckPassed", StepKind.Soak, 3, afterMs: 2_000)
            .Then(RunState.Healthy, "SoakCompleted");

    public static Run Escalated(this Run run) =>
        run
            .Tried(RunState.Verifying, StepKind.HealthCheck, 3, "HealthCheckFailed", 2_000, "GPU 3 does not answer")
            .Then(RunState.Escalated, "LadderExhausted", StepKind.HealthCheck, 3, "every step was tried");

    public static Run Then(
        this Run run, RunState state, string reason, StepKind step = StepKind.Unspecified, int attempt = 0, string detail = "", int afterMs = 1_000)
    {
        var before = run.Timeline.Count > 0 ? run.Timeline[^1].At : run.OpenedAt;
        run.Timeline.Add(new TimelineEntry
        {
            At = before + afterMs,
            State = state,
            Step = step,
            Attempt = attempt,
            Reason = reason,
            Detail = detail,
            Actor = "engine",
        });
        run.State = state;
        run.Step = step;
        run.Attempt = attempt;
        run.Ended = state is RunState.Healthy or RunState.Escalated or RunState.NeedsHardware;
        run.EndedAt = run.Ended ? before + afterMs : 0;
        return run;
    }
}
