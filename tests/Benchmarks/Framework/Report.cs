using System.Text.Encodings.Web;
using System.Text.Json;

namespace Pipeline.Benchmarks.Framework;

/// <summary>Collects figures, prints each as a line of the table, and writes the JSON lines.</summary>
internal sealed class Report(string suite, TextWriter table)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<ResultRow> _rows = [];

    public IReadOnlyList<ResultRow> Rows => _rows;

    /// <summary>A remark above the lines that follow, such as how a figure was measured.</summary>
    public void Note(string text) => table.WriteLine($"  # {text}");

    /// <summary>A figure without a goal.</summary>
    public void Figure(string @case, string metric, double value, string unit) => Add(@case, metric, value, unit, null, null, null, false);

    /// <summary>A figure with a limit of its own.</summary>
    public void AtMost(string @case, string metric, double value, string unit, double goal)
        => Add(@case, metric, value, unit, null, null, goal, false);

    /// <summary>A figure that must not be less.</summary>
    public void AtLeast(string @case, string metric, double value, string unit, double goal)
        => Add(@case, metric, value, unit, null, null, goal, true);

    /// <summary>A figure and what it is compared with; <paramref name="goal"/> limits value / baseline from above (from below with <paramref name="atLeast"/>).</summary>
    public void Ratio(
        string @case, string metric, double value, string unit, string baseline, double baselineValue, double? goal = null, bool atLeast = false)
        => Add(@case, metric, value, unit, baseline, baselineValue, goal, atLeast);

    /// <summary>The usual percentiles and rate of one case.</summary>
    public void Latency(string @case, Measurement measured)
    {
        Figure(@case, "p50", measured.P50, "ns");
        Figure(@case, "p99", measured.P99, "ns");
        Figure(@case, "p99.9", measured.P999, "ns");
        Figure(@case, "rate", measured.PerSecond, "1/s");
        Figure(@case, "allocated", measured.BytesPerOperation, "B/op");
    }

    public void WriteJson(TextWriter output)
    {
        foreach (var row in _rows)
            output.WriteLine(JsonSerializer.Serialize(row, Json));
    }

    private void Add(
        string @case, string metric, double value, string unit, string? baseline, double? baselineValue, double? goal, bool atLeast)
    {
        var row = new ResultRow(
            suite, @case, metric, value, unit, baseline, baselineValue, baselineValue is { } b ? value / b : null, goal, atLeast);
        _rows.Add(row);
        table.WriteLine(TableLine.Of(row));
    }
}
