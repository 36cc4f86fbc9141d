using System.CommandLine;
using System.ComponentModel.DataAnnotations;
using System.Net.Sockets;
using Pipeline.Contracts;
using Pipeline.Hotpath.Hosting.Election;
using Pipeline.Kubernetes.Access;

namespace Pipeline.Hotpath.Hosting;

/// <summary>What an exit code means: 0 stopped, 1 could not start or broke, 2 the arguments are wrong, 3 lost the leadership.</summary>
public static class ExitCodes
{
    // Longer than calls are let finish and functions end, shorter than a pod is given by default (terminationGracePeriodSeconds, 30).
    private static readonly TimeSpan StopBound = TimeSpan.FromSeconds(25);

    public static async Task<int> RunAsync(RootCommand command, string[] args)
    {
        var parsed = command.Parse(args);
        var code = await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = StopBound }).ConfigureAwait(false);
        return parsed.Errors.Count > 0 ? 2 : code;
    }

    /// <summary>Says on the error stream why a start failed, when it is something that a person can mend.</summary>
    /// <param name="cancellation">A start that this ended was asked to stop.</param>
    public static async Task<int> OfStartAsync(Func<Task<int>> run, CancellationToken cancellation)
    {
        try
        {
            return await run().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return 0;
        }
        catch (Exception exception) when (exception is StartupException or ValidationException or IOException or InvalidDataException or ArgumentException
            or RequestRefusedException or HotpathUnavailableException or ClusterAccessException or UnauthorizedAccessException or SocketException)
        {
            // Kestrel names an address that is in use, and no other that it cannot have.
            var subject = exception is SocketException ? "--bind, or one of the ports: " : "";
            await Console.Error.WriteLineAsync($"Pipeline did not start. {subject}{exception.Message}").ConfigureAwait(false);
            return 1;
        }
    }

    /// <summary>Waits until there is a reason to end. A broken engine is mended by a new process that recovers from the journal.</summary>
    public static async Task<int> OfRunAsync(Task crashed, LeadershipHost? leadership, CancellationToken cancellation)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var stop = cancellation.Register(asked.SetResult).ConfigureAwait(false);
        var lost = leadership?.Lost ?? Task.Delay(Timeout.Infinite, CancellationToken.None);
        var first = await Task.WhenAny(asked.Task, lost, crashed).ConfigureAwait(false);
        return first == asked.Task ? 0 : first == lost ? 3 : 1;
    }
}
