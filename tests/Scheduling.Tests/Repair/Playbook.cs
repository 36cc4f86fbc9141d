using System.Collections.Immutable;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Scheduling.Tests.Repair;

/// <summary>Builds repair policies.</summary>
internal static class Playbook
{
    public const long Deadline = 5 * RepairScenario.Minute;
    public const long Soak = 10 * RepairScenario.Minute;
    public const long Window = 10 * RepairScenario.Minute;

    public static LadderStep Drain { get; } = new(StepKind.Drain, Deadline, 2, Repeatable: true, EscalateOnFailure: true, OnlyFaultyGpus: false);

    public static LadderStep PartialDrain { get; } = Drain with { OnlyFaultyGpus = true };

    public static LadderStep Check { get; } = new(StepKind.HealthCheck, Deadline, 1, Repeatable: true, EscalateOnFailure: false, OnlyFaultyGpus: false);

    public static LadderStep NoCheck { get; } = Check with { Tries = 0 };

    public static LadderStep GpuReset { get; } = Action(StepKind.GpuReset);

    public static LadderStep Reboot { get; } = Action(StepKind.Reboot);

    public static LadderStep PowerCycle { get; } = Action(StepKind.PowerCycle);

    public static LadderStep Person { get; } = Action(StepKind.Escalate);

    /// <summary>XID 48: reset, reboot, power cycle. 79: power cycle. 13: three times. 63, 64: recorded. 48 with 63 or 64: drain and reset.</summary>
    public static RepairPolicy Standard { get; } = Of(
        Fault("gpu-reset", 30, Drain, GpuReset, Reboot, PowerCycle),
        Fault("reboot", 40, Drain, Reboot),
        Fault("memory", 50, Drain, GpuReset),
        Fault("off-bus", 60, Drain, PowerCycle),
        Fault("application", 20, Drain, GpuReset) with { Repeats = 3, Window = Window },
        Fault("record", 10, Drain) with { Repeats = 0 })
        with
    {
        Xids = ImmutableDictionary.CreateRange<int, string>([new(48, "gpu-reset"), new(79, "off-bus"), new(13, "application"), new(63, "record"), new(64, "record")]),
        Correlations = [new CorrelationRule(48, [63, 64], Window, "memory")],
    };

    public static LadderStep Action(StepKind kind) => new(kind, Deadline, 1, Repeatable: false, EscalateOnFailure: false, OnlyFaultyGpus: false);

    public static FaultClass Fault(string name, int severity, params LadderStep[] ladder)
        => new(name, severity, 1, 0, [.. ladder], Check, Soak, RunState.NeedsHardware);

    /// <summary>A policy of these classes; the XID of the first is 48, of the second 79.</summary>
    public static RepairPolicy Of(params FaultClass[] classes)
    {
        int[] xids = [48, 79];
        return RepairPolicy.Empty with
        {
            Classes = classes.ToImmutableDictionary(fault => fault.Name, StringComparer.Ordinal),
            Xids = xids.Zip(classes).ToImmutableDictionary(pair => pair.First, pair => pair.Second.Name),
        };
    }
}
