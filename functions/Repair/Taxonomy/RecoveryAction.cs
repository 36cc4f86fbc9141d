namespace Pipeline.Functions.Repair;

/// <summary>What XID 154's text asks for.</summary>
/// <param name="Overrides">The class replaces the one of the run; false for a class that only records.</param>
public sealed record RecoveryAction(string FaultClass, bool Overrides);
