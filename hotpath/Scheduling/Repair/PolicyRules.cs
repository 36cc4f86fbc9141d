namespace Pipeline.Scheduling.Repair;

/// <summary>What a repair policy must hold to.</summary>
internal static class PolicyRules
{
    // A longer time is a wrong unit, and sums with the clock must not overflow.
    private const long MaxTime = 30L * 24 * 3_600_000;
    private const int MaxRungs = 64;

    // A run names the class of each of its faults, and must fit into one record of the store. No file of a playbook has a longer name.
    private const int MaxName = 256;

    /// <returns>The first problem, naming the field, or null.</returns>
    public static string? Problem(RepairPolicy policy)
    {
        if (policy.MaxRepairingPercent is < 1 or > 100)
            return "maxRepairingPercent: must be 1 to 100";
        if (policy.MaxAttempts is < 1 or > 100)
            return "maxAttempts: must be 1 to 100";
        foreach (var (name, fault) in policy.Classes.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (name.Length is 0 or > MaxName || fault.Name != name)
                return $"classes: a class must be kept under its own name of 1 to {MaxName} characters";
            if (Problem(fault) is { } problem)
                return $"classes[{name}].{problem}";
        }

        foreach (var (xid, name) in policy.Xids.OrderBy(pair => pair.Key))
        {
            if (!policy.Classes.ContainsKey(name))
                return $"xids[{xid}]: there is no class '{name}'";
        }

        if (policy.Correlations.IsDefault)
            return "correlations: missing";
        foreach (var rule in policy.Correlations)
        {
            if (rule.With.IsDefaultOrEmpty || rule.Window is <= 0 or > MaxTime || !policy.Classes.ContainsKey(rule.FaultClass))
                return $"correlations[{rule.Xid}]: needs other XIDs, a window and a known class";
        }

        return policy.UnknownXidClass.Length > 0 && !policy.Classes.ContainsKey(policy.UnknownXidClass)
            ? $"unknownXidClass: there is no class '{policy.UnknownXidClass}'"
            : null;
    }

    /// <returns>The first problem, naming the field, or null.</returns>
    public static string? Problem(FaultClass fault)
    {
        if (fault.Severity is < 1 or > 100)
            return "severity: must be 1 to 100";
        if (fault.Repeats is < 0 or > Admission.MaxRepeats)
            return $"repeats: must be 0 to {Admission.MaxRepeats}";
        if (fault.Window is < 0 or > MaxTime || (fault.Repeats > 1 && fault.Window == 0))
            return $"window: must be 0 to {MaxTime} ms, and above 0 when repeats is above 1";
        if (fault.Soak is < 0 or > MaxTime)
            return $"soak: must be 0 to {MaxTime} ms";
        if (fault.Ending is not (RunState.Escalated or RunState.NeedsHardware))
            return "ending: must be Escalated or NeedsHardware";
        if (fault.Ladder.IsDefault || fault.Ladder.Length > MaxRungs)
            return $"ladder: must have 0 to {MaxRungs} rungs";
        foreach (var step in fault.Ladder)
        {
            if (step.Kind is StepKind.None or StepKind.HealthCheck or StepKind.Soak || !Enum.IsDefined(step.Kind))
                return $"ladder: {step.Kind} is no rung";
            if (step.Kind != StepKind.Escalate && (step.Deadline is <= 0 or > MaxTime || step.Tries < 1))
                return $"ladder[{step.Kind}]: needs a deadline of 1 to {MaxTime} ms and at least one try";
        }

        if (fault.HealthCheck.Tries < 0)
            return "healthCheck.tries: must not be negative";
        return fault.IsChecked && fault.HealthCheck.Deadline is <= 0 or > MaxTime ? $"healthCheck.deadline: must be 1 to {MaxTime} ms" : null;
    }
}
