using System.Text.Json;

namespace Pipeline.Benchmarks.Framework;

/// <summary>
/// The same comparison in several processes, each of which starts anew. The compiler decides from what it has seen by then how hot code is laid
/// out, and a neighbour on the same host takes a part of the caches for a while: the same program is faster or slower for a whole process.
/// </summary>
internal static class SeveralProcesses
{
    // An odd number, so that there is one in the middle.
    private const int Count = 5;

    /// <param name="argument">With it, this program compares once and says what it has found (<see cref="Say"/>).</param>
    public static async Task<IReadOnlyList<T>> CompareAsync<T>(string argument)
    {
        using var scratch = new Scratch();
        var compared = new List<T>();
        for (var process = 0; process < Count; process++)
            compared.Add(await CompareOnceAsync<T>(argument, scratch));
        return compared;
    }

    public static void Say<T>(T compared) => Console.WriteLine(JsonSerializer.Serialize(compared));

    /// <summary>Notes how far the processes lie apart, and gives the one in the middle.</summary>
    public static T Middle<T>(Report report, string name, string metric, IEnumerable<T> compared, Func<T, double> ratio)
    {
        var sorted = compared.OrderBy(ratio).ToList();
        report.Note($"{name}: the process with the median ratio of {metric}, which was {ratio(sorted[0]):0.000} to {ratio(sorted[^1]):0.000} in {Count}");
        return sorted[Count / 2];
    }

    private static async Task<T> CompareOnceAsync<T>(string argument, Scratch scratch)
    {
        var output = Path.Combine(scratch.Path, "compared.json");
        using var process = Child.Start("Pipeline.Benchmarks", argument, scratch.Path, output);
        await process.WaitForExitAsync();
        var said = await File.ReadAllTextAsync(output);
        return process.ExitCode == 0
            ? JsonSerializer.Deserialize<T>(said)!
            : throw new InvalidOperationException($"The process that was to compare ended with {process.ExitCode}: {said}");
    }
}
