namespace Pipeline.Benchmarks.Framework;

/// <summary><c>SUITE [--json FILE] [--traces DIR] [--case NAME] [--divide N] [--product DIR]</c>; exit code 0: all goals met, 1: a goal missed, 2: not understood.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(string[] args, IReadOnlyList<ISuite> suites, TimeProvider time)
    {
        if (!TryRead(args, suites, out var chosen, out var jsonFile))
            return Usage(suites);
        var machine = Machine.Look();
        if (Product.Published is { } published)
            Console.WriteLine($"The product is the one in {published}.");
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

    private static bool TryRead(string[] args, IReadOnlyList<ISuite> suites, out IReadOnlyList<ISuite> chosen, out string? jsonFile)
    {
        var name = args.Length > 0 ? args[0] : "";
        jsonFile = null;
        chosen = name == "all" ? suites : suites.Where(s => s.Name == name).ToList();
        for (var at = 1; at < args.Length; at += 2)
        {
            if (at + 1 == args.Length)
                return false;
            var value = args[at + 1];
            if (args[at] == "--json")
                jsonFile = value;
            else if (args[at] == "--product")
            {
                if (!Product.Use(value))
                    return false;
            }
            else if (!chosen.All(suite => TrySet(suite, args[at], value)))
                return false;
        }
        return chosen.Count > 0;
    }

    /// <summary>A suite ignores what is for others, so that all of them can be run with one command.</summary>
    private static bool TrySet(ISuite suite, string option, string value)
    {
        var number = 0;
        if (option is not ("--traces" or "--case" or "--divide") || (option == "--divide" && !(int.TryParse(value, out number) && number >= 1)))
            return false;
        if (option == "--traces" && suite is ITraceSuite traced)
            traced.Traces = value;
        if (option == "--case" && suite is ICaseSuite named)
            named.Case = value;
        if (option == "--divide" && suite is ICaseSuite sized)
            sized.Divisor = number;
        return true;
    }

    private static int Usage(IReadOnlyList<ISuite> suites)
    {
        Console.WriteLine("Usage: SUITE [--json FILE] [--traces DIR] [--case NAME] [--divide N] [--product DIR], where DIR holds a published product and SUITE is one of");
        foreach (var suite in suites)
            Console.WriteLine($"  {suite.Name,-10} {suite.About}");
        Console.WriteLine($"  {"all",-10} every suite");
        return 2;
    }
}
