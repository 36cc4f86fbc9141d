namespace Pipeline.Scheduling.Repair;

/// <summary>What a repair policy must hold to.</summary>
internal static class PolicyRules
{
    /// <returns>The first problem, naming the field, or null.</returns>
    public static string? Problem(RepairPolicy policy)
    {
        if (policy.MaxRepairingPercent is < 1 or > 100)
            return "maxRepairingPercent: must be 1 to 100";
        if (policy.MaxAttempts is < 1 or > 100)
            return "maxAttempts: must be 1 to 100";
        foreach (var (name, fault) in policy.Classes)
        {
            if (name.Length == 0 || fault.Name != name)
                return "classes: a class must be kept under its own, non-empty name";
            if (Problem(fault) is { } problem)
                return $"classes[{name}].{problem}";
        }

        foreach (var (xid, name) in policy.Xids)
        {
            if (!policy.Classes.ContainsKey(name))
                return $"xids[{xid}]: there is no class '{name}'";
        }

        foreach (var rule in policy.Correlations)
        {
            if (rule.With.IsDefaultOrEmpty || rule.Window <= 0 || !policy.Classes.ContainsKey(rule.FaultClass))
                return $"correlations[{rule.Xid}]: needs other XIDs, a window and a known class";
        }

        return policy.UnknownXidClass.Length > 0 && !policy.Classes.ContainsKey(policy.UnknownXidClass)
            ? $"unknownXidClass: there is no class '{policy.UnknownXidClass}'"
            : null;
    }

    private static string? Problem(FaultClass fault)
    {
        if (fault.Severity is < 1 or > 100)
            return "severity: must be 1 to 100";
        if (fault.Repeats is < 0 or > 100)
            return "repeats: must be 0 to 100";
        if (fault.Repeats > 1 && fault.Window <= 0)
            return "window: must be above 0 when repeats is above 1";
        if (fault.Soak < 0)
            return "soak: must not be negative";
        if (fault.Ending is not (RunState.Escalated or RunState.NeedsHardware))
            return "ending: must be Escalated or NeedsHardware";
        foreach (var step in fault.Ladder)
        {
            if (step.Kind is StepKind.None or StepKind.HealthCheck or StepKind.Soak)
                return $"ladder: {step.Kind} is no rung";
            if (step.Kind != StepKind.Escalate && (step.Deadline <= 0 || step.Tries < 1))
                return $"ladder[{step.Kind}]: needs a deadline and at least one try";
        }

        return fault.HealthCheck.Tries > 0 && fault.HealthCheck.Deadline <= 0 ? "healthCheck.deadline: must be above 0" : null;
    }
}
