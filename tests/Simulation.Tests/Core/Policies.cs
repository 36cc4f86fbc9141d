using Pipeline.Contracts.V1;
using Pipeline.Functions.Repair.Playbooks;

namespace Pipeline.Simulation.Tests.Core;

/// <summary>The shipped playbooks, read once, and what worlds make of them.</summary>
internal static class Policies
{
    private const long Shortest = 1_000;

    public static PlaybookSet Shipped { get; } =
        PlaybookLoader.Load(PlaybookOptions.Shipped, step => step is not (StepKind.Reboot or StepKind.PowerCycle));

    public static RepairPolicy Of(Chaos chaos)
    {
        var policy = Shipped.Policy.Clone();
        policy.MaxRepairingPercent = chaos.GuardPercent;
        policy.MaxAttempts = chaos.MaxAttempts;
        foreach (var rule in policy.Correlations)
            rule.Window = Shorter(rule.Window, chaos);
        foreach (var fault in policy.Classes)
        {
            fault.Window = Shorter(fault.Window, chaos);
            fault.Soak = Shorter(fault.Soak, chaos);
            if (chaos.ActsAtOnce && fault.Repeats > 1)
                fault.Repeats = 1;
            foreach (var step in fault.Ladder)
                Vary(step, chaos);
            if (fault.HealthCheck is { } check)
                check.Deadline = Shorter(check.Deadline, chaos);
            if (chaos.Unchecked)
                fault.HealthCheck = null;
        }

        return policy;
    }

    private static void Vary(LadderStep step, Chaos chaos)
    {
        step.Deadline = Shorter(step.Deadline, chaos);
        if (chaos.TriesTwice)
            step.Tries = Math.Max(2, step.Tries);
        if (chaos.AsksBeforePowerCycle && step.Step == StepKind.PowerCycle)
            step.Step = StepKind.Escalate;
    }

    private static long Shorter(long time, Chaos chaos) => time == 0 ? 0 : Math.Max(Shortest, time / chaos.TimeDivisor);
}
