namespace Pipeline.Functions.Tests.Hosting.Settings;

/// <summary>A function app root in a directory of its own.</summary>
internal sealed class AppRoot : IDisposable
{
    public AppRoot() => WriteHost("""{"version":"2.0"}""");

    public string Path { get; } = Directory.CreateTempSubdirectory("app-").FullName;

    public AppRoot WriteHost(string json)
    {
        File.WriteAllText(System.IO.Path.Combine(Path, "host.json"), json);
        return this;
    }

    public AppRoot Add(string function, string json)
    {
        Directory.CreateDirectory(System.IO.Path.Combine(Path, function));
        File.WriteAllText(System.IO.Path.Combine(Path, function, "function.json"), json);
        return this;
    }

    public AppRoot AddQueue(string function, string queue) => Add(function, $$"""{"bindings":[{"type":"queueTrigger","name":"m","queueName":"{{queue}}"}]}""");

    public AppRoot AddTimer(string function, string schedule, string more = "") =>
        Add(function, $$"""{"bindings":[{"type":"timerTrigger","name":"t","schedule":"{{schedule}}"{{more}}}]}""");

    public void Dispose() => Directory.Delete(Path, true);
}
