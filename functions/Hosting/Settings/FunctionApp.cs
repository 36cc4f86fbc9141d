namespace Pipeline.Functions.Hosting.Settings;

/// <summary>A function app root: <c>host.json</c> and one folder with a <c>function.json</c> per function.</summary>
public sealed record FunctionApp(HostSettings Host, IReadOnlyList<FunctionDefinition> Functions)
{
    /// <summary>Reads the app and checks it against the handlers.</summary>
    /// <param name="root">Usually the folder of the executable.</param>
    /// <exception cref="FunctionAppException">Anything is wrong; all errors are named at once.</exception>
    public static FunctionApp Load(string root, FunctionRegistry registry)
    {
        var errors = new List<string>();
        var host = HostSettings.Read(root, errors);
        var folders = Directory.Exists(root) ? Directory.GetDirectories(root) : [];
        var files = folders.Order(StringComparer.Ordinal).Select(d => Path.Combine(d, FunctionDefinition.FileName)).Where(File.Exists).ToList();
        var functions = files.Select(f => FunctionDefinition.Read(f, errors)).OfType<FunctionDefinition>().ToList();
        Match(functions, files, registry, errors);
        return errors.Count == 0 ? new FunctionApp(host, functions) : throw new FunctionAppException(errors);
    }

    private static void Match(List<FunctionDefinition> functions, List<string> files, FunctionRegistry registry, List<string> errors)
    {
        foreach (var function in functions)
        {
            var needed = function.Trigger switch
            {
                Trigger.Queue => ("queue", registry.Queues.ContainsKey(function.Name)),
                Trigger.Timer => ("timer", registry.Timers.ContainsKey(function.Name)),
                _ => ("http", true),
            };
            if (!needed.Item2)
                errors.Add($"{function.Name}/{FunctionDefinition.FileName}: no {needed.Item1} handler is registered for this function.");
        }

        var folders = files.Select(f => Path.GetFileName(Path.GetDirectoryName(f))!).ToHashSet(StringComparer.Ordinal);
        var handled = registry.Queues.Keys.Concat(registry.Timers.Keys).Order(StringComparer.Ordinal);
        foreach (var name in handled.Where(n => !folders.Contains(n)))
            errors.Add($"{name}/{FunctionDefinition.FileName}: not found, but a handler is registered for function {name}.");
    }
}
