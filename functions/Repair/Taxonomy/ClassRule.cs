using System.Text.RegularExpressions;

namespace Pipeline.Functions.Repair;

/// <summary>Gives alerts without an XID their fault class. What is null is not asked for.</summary>
/// <param name="Alert">Matches the alert's name.</param>
/// <param name="Label">Must have the value <paramref name="Value"/>.</param>
public sealed record ClassRule(Regex? Alert, string? Label, string? Value, string FaultClass);
