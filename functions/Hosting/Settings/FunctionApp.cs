namespace Pipeline.Functions.Hosting.Settings;

/// <summary>A function app root: <c>host.json</c> and one folder with a <c>function.json</c> per function.</summary>
public sealed record FunctionApp(HostSettings Host, IReadOnlyList<FunctionDefinition> Functions)
{
    /// <summary>Reads the app.</summary>
    /// <param name="root">Usually the folder of the executable.</param>
    /// <exception cref="FunctionAppException">A file is missing or wrong; all errors are named at once.</exception>
    public static FunctionApp Load(string root)
    {
        var errors = new List<string>();
        var host = HostSettings.Read(root, errors);
        var folders = Directory.Exists(root) ? Directory.GetDirectories(root) : [];
        var files = folders.Order(StringComparer.Ordinal).Select(d => Path.Combine(d, FunctionDefinition.FileName)).Where(File.Exists);
        var functions = files.Select(f => FunctionDefinition.Read(f, errors)).OfType<FunctionDefinition>().ToList();
        return errors.Count == 0 ? new FunctionApp(host, functions) : throw new FunctionAppException(errors);
    }

    /// <exception cref="FunctionAppException">A function lacks its handler, or a handler its function; all are named at once.</exception>
    public void Match(FunctionRegistry registry)
    {
        var errors = new List<string>();
        foreach (var function in Functions)
        {
            var (kind, handled) = function.Trigger switch
            {
                Trigger.Queue => ("queue", registry.Queues.ContainsKey(function.Name)),
                Trigger.Timer => ("timer", registry.Timers.ContainsKey(function.Name)),
                _ => ("http", true),
            };
            if (!handled)
                errors.Add($"{function.Name}/{FunctionDefinition.FileName}: no {kind} handler is registered for this function.");
        }

        foreach (var name in registry.Queues.Keys.Concat(registry.Timers.Keys).Except(Functions.Select(f => f.Name)).Order(StringComparer.Ordinal))
            errors.Add($"{name}/{FunctionDefinition.FileName}: not found, but a handler is registered for function {name}.");
        if (errors.Count > 0)
            throw new FunctionAppException(errors);
    }
}
