using System.CommandLine;
using System.ComponentModel.DataAnnotations;
using Pipeline.Contracts;
using Pipeline.Kubernetes;
using Pipeline.Kubernetes.Access;

namespace Pipeline.Hotpath.Hosting;

/// <summary>What an exit code means: 0 stopped, 1 could not start or broke, 2 the arguments are wrong.</summary>
public static class ExitCodes
{
    public static async Task<int> RunAsync(RootCommand command, string[] args)
    {
        var parsed = command.Parse(args);
        var code = await parsed.InvokeAsync().ConfigureAwait(false);
        return parsed.Errors.Count > 0 ? 2 : code;
    }

    /// <summary>Says on the error stream why a start failed, when it is something that a person can mend.</summary>
    public static async Task<int> OfStartAsync(Func<Task<int>> run)
    {
        try
        {
            return await run().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is StartupException or ValidationException or IOException or InvalidDataException or ArgumentException
            or RequestRefusedException or HotpathUnavailableException or ClusterAccessException or KubernetesException)
        {
            await Console.Error.WriteLineAsync($"Pipeline did not start. {exception.Message}").ConfigureAwait(false);
            return 1;
        }
    }
}
