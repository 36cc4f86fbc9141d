using System.Globalization;

namespace Pipeline.Benchmarks.Framework;

/// <summary>A figure as a line for people.</summary>
internal static class TableLine
{
    public static string Head { get; } =
        $"  {"case",-38} {"metric",-10} {"value",14} {"unit",-6} {"baseline",-24} {"its value",14} {"ratio",8} {"goal",9}";

    public static string Of(ResultRow row)
    {
        var goal = row.Goal is { } g ? (row.AtLeast ? ">= " : "<= ") + Number(g) : "";
        var verdict = row.Goal == null ? "" : row.Ok ? " ok" : " MISSED";
        return $"  {row.Case,-38} {row.Metric,-10} {Number(row.Value),14} {row.Unit,-6} {row.Baseline,-24} "
            + $"{Number(row.BaselineValue),14} {Number(row.Ratio),8} {goal,9}{verdict}";
    }

    private static string Number(double? value) => value switch
    {
        null => "",
        { } v when Math.Abs(v) >= 1000 => v.ToString("N0", CultureInfo.InvariantCulture),
        { } v => v.ToString("0.###", CultureInfo.InvariantCulture),
    };
}
