namespace Pipeline.Benchmarks.Framework;

/// <summary><c>SUITE [--json FILE] [--traces DIR]</c>; exit code 0: all goals met, 1: a goal missed, 2: not understood.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(string[] args, IReadOnlyList<ISuite> suites, TimeProvider time)
    {
        if (!TryRead(args, suites, out var chosen, out var jsonFile, out var traces))
            return Usage(suites);
        foreach (var suite in chosen.OfType<ITraceSuite>())
            suite.Traces = traces;
        var machine = Machine.Look();
        Console.WriteLine($"{machine.Name}: {machine.Cores} cores, {machine.Processor}, {machine.Runtime}, load {machine.Load}, commit {machine.Commit}");
        // Opened first: a file that cannot be written must not cost a whole run.
        await using var json = jsonFile == null ? TextWriter.Null : new StreamWriter(jsonFile);
        await json.WriteLineAsync(machine.ToJson(chosen.Select(s => $"{s.Name}: {s.Sizes}")));
        var missed = 0;
        foreach (var suite in chosen)
        {
            var started = time.GetTimestamp();
            Console.WriteLine($"{suite.Name}: {suite.Sizes}");
            Console.WriteLine(TableLine.Head);
            var report = new Report(suite.Name, Console.Out);
            await suite.RunAsync(report);
            report.WriteJson(json);
            missed += report.Rows.Count(r => !r.Ok);
            Console.WriteLine($"  {time.GetElapsedTime(started).TotalSeconds:0} s");
        }
        Console.WriteLine(missed == 0 ? "All goals met." : $"{missed} goals missed.");
        return missed == 0 ? 0 : 1;
    }

    private static bool TryRead(string[] args, IReadOnlyList<ISuite> suites, out IReadOnlyList<ISuite> chosen, out string? jsonFile, out string? traces)
    {
        var name = args.Length > 0 ? args[0] : "";
        (jsonFile, traces) = (null, null);
        chosen = name == "all" ? suites : suites.Where(s => s.Name == name).ToList();
        for (var at = 1; at < args.Length; at += 2)
        {
            if (at + 1 == args.Length)
                return false;
            switch (args[at])
            {
                case "--json": jsonFile = args[at + 1]; break;
                case "--traces": traces = args[at + 1]; break;
                default: return false;
            }
        }
        return chosen.Count > 0;
    }

    private static int Usage(IReadOnlyList<ISuite> suites)
    {
        Console.WriteLine("Usage: SUITE [--json FILE] [--traces DIR], where SUITE is one of");
        foreach (var suite in suites)
            Console.WriteLine($"  {suite.Name,-10} {suite.About}");
        Console.WriteLine($"  {"all",-10} every suite");
        return 2;
    }
}
