using System.Diagnostics;

namespace Pipeline.Benchmarks.Framework;

/// <summary>Starts a .NET program whose output goes to a file, so that nobody has to read it while times are taken.</summary>
internal static class Child
{
    /// <param name="command">The assembly and its arguments; no part may need quotes.</param>
    public static Process Start(string command, string directory, string output, params IEnumerable<(string Name, string Value)> settings)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"exec {Environment.ProcessPath} {command} > {output} 2>&1"]) { WorkingDirectory = directory };
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        return Process.Start(start) ?? throw new InvalidOperationException($"'{command}' did not start.");
    }
}
