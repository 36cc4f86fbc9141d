using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Pipeline.Benchmarks.Framework;

/// <summary>The conditions under which the figures were taken: without them an absolute figure means nothing.</summary>
internal sealed record Machine(string Name, int Cores, string Processor, string Runtime, string Load, string Commit)
{
    public static Machine Look() => new(
        Environment.MachineName, Environment.ProcessorCount, ProcessorName(), RuntimeInformation.FrameworkDescription,
        FirstLine("/proc/loadavg"), DescribeCommit());

    public string ToJson(IEnumerable<string> sizes) => JsonSerializer.Serialize(new
    {
        machine = $"{Name}, {Processor}, {Runtime}",
        cores = Cores,
        load = Load,
        commit = Commit,
        sizes = string.Join("; ", sizes),
    });

    private static string ProcessorName()
    {
        const string info = "/proc/cpuinfo";
        var line = File.Exists(info) ? File.ReadLines(info).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?[(line.IndexOf(':') + 1)..].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }

    private static string FirstLine(string file) => File.Exists(file) ? File.ReadLines(file).First() : "unknown";

    private static string DescribeCommit()
    {
        try
        {
            using var git = Process.Start(new ProcessStartInfo("git", "describe --always --dirty") { RedirectStandardOutput = true, RedirectStandardError = true });
            return git?.StandardOutput.ReadToEnd().Trim() ?? "unknown";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "unknown";
        }
    }
}
