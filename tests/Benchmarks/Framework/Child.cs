using System.Diagnostics;

namespace Pipeline.Benchmarks.Framework;

/// <summary>Starts a .NET program whose output goes to a file, so that nobody has to read it while times are taken.</summary>
internal static class Child
{
    /// <param name="program">Name of a program that was built beside this one, or its whole path, without its ending.</param>
    /// <param name="arguments">No part may need quotes.</param>
    public static Process Start(
        string program, string arguments, string directory, string output, params IEnumerable<(string Name, string Value)> settings)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"exec {HostOf(program)} {arguments} > {output} 2>&1"]) { WorkingDirectory = directory };
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        return Process.Start(start) ?? throw new InvalidOperationException($"'{program} {arguments}' did not start.");
    }

    // The way this program was started is known to work: by the dotnet command, or by the executable that a build makes (dotnet run).
    private static string HostOf(string program)
    {
        var path = Path.Combine(AppContext.BaseDirectory, program);
        return Path.GetFileName(Environment.ProcessPath) == "dotnet" ? $"{Environment.ProcessPath} {path}.dll" : path;
    }
}
