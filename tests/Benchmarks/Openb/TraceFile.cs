using System.Globalization;

namespace Pipeline.Benchmarks.Openb;

/// <summary>Reads the trace's CSV files by their column names; a column that is missing is empty.</summary>
internal static class TraceFile
{
    public static IReadOnlyList<TraceNode> Nodes(string file) => Read(file, row => new TraceNode(
        row("sn"), row("model"), (int)Number(row("gpu")), Number(row("cpu_milli")), Number(row("memory_mib"))));

    public static IReadOnlyList<TracePod> Pods(string file) => Read(file, row => new TracePod(
        (int)Number(row("num_gpu")), (int)Number(row("gpu_milli")), Number(row("cpu_milli")), Number(row("memory_mib")),
        row("gpu_spec").Split('|', StringSplitOptions.RemoveEmptyEntries)));

    private static List<T> Read<T>(string file, Func<Func<string, string>, T> parse)
    {
        var lines = File.ReadAllLines(file);
        var columns = lines[0].Split(',');
        return lines.Skip(1).Where(line => line.Length > 0).Select(line =>
        {
            var fields = line.Split(',');
            return parse(name => Array.IndexOf(columns, name) is >= 0 and var at && at < fields.Length ? fields[at].Trim() : "");
        }).ToList();
    }

    private static long Number(string field) => field.Length == 0 ? 0 : long.Parse(field, CultureInfo.InvariantCulture);
}

internal sealed record TraceNode(string Name, string Model, int Gpus, long CpuMilli, long MemoryMib);

/// <param name="Models">GPU models that will do; none means any.</param>
internal sealed record TracePod(int Gpus, int Milli, long CpuMilli, long MemoryMib, string[] Models)
{
    public long GpuMilli => (long)Gpus * Milli;
}
