namespace Pipeline.Benchmarks.Framework;

internal static class Median
{
    /// <param name="values">At least one.</param>
    public static double Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[sorted.Count / 2] + sorted[(sorted.Count - 1) / 2]) / 2;
    }

    /// <summary>The pair in the middle by its ratio: two that were taken after one another on a machine whose speed drifts.</summary>
    /// <param name="pairs">An odd number.</param>
    public static (double Value, double Baseline) ByRatio(IEnumerable<(double Value, double Baseline)> pairs)
    {
        var sorted = pairs.OrderBy(pair => pair.Value / pair.Baseline).ToList();
        return sorted[sorted.Count / 2];
    }
}
