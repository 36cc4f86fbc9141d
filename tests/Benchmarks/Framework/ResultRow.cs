using System.Text.Json.Serialization;

namespace Pipeline.Benchmarks.Framework;

/// <summary>One measured figure.</summary>
/// <param name="Baseline">What it is compared with, measured in the same run; null when it stands alone.</param>
/// <param name="Ratio">Value / baseline value; null without a baseline.</param>
/// <param name="Goal">The limit of the ratio, or of the value when there is no baseline; null when none is set.</param>
/// <param name="AtLeast">The goal is a lower limit.</param>
internal sealed record ResultRow(
    string Suite, string Case, string Metric, double Value, string Unit, string? Baseline, double? BaselineValue, double? Ratio, double? Goal,
    [property: JsonIgnore] bool AtLeast)
{
    public bool Ok => Goal is not { } goal || (AtLeast ? (Ratio ?? Value) >= goal : (Ratio ?? Value) <= goal);
}
