using System.CommandLine;
using Pipeline.Hotpath.Hosting.Election;
using Pipeline.Hotpath.Http;
using Pipeline.Hotpath.Wakeups;

namespace Pipeline.Hotpath.Hosting;

/// <summary>The hotpath as a process of its own, for functions in other processes.</summary>
internal static class HotpathApp
{
    public static Task<int> RunAsync(string[] args)
    {
        var arguments = new HotpathArguments();
        var root = new RootCommand("Pipeline's hotpath alone. The functions are started with --hotpath and this one's gRPC address.");
        arguments.AddTo(root);
        root.SetAction((parsed, cancellation) => ExitCodes.OfStartAsync(() => RunAsync(arguments.Read(parsed), cancellation), cancellation));
        root.Add(ExtenderApp.Command());
        return ExitCodes.RunAsync(root, args);
    }

    private static async Task<int> RunAsync(HotpathLaunch launch, CancellationToken cancellation)
    {
        Rehearsal.Begin();
        await using var parts = new PartStack();
        var settings = Settings.Load(Directory.GetCurrentDirectory());
        var loggers = parts.Keep(Logging.Create(settings));
        var metrics = parts.Keep(new MetricsPage());
        var time = TimeProvider.System;
        var cluster = parts.Add(ClusterParts.Open(launch, settings, time, loggers));
        var leadership = parts.AddIfAny(await LeadershipHost.LeadAsync(launch, settings, cluster, metrics, time, loggers, cancellation).ConfigureAwait(false));
        var host = parts.Add(await HotpathHost.StartAsync(
            launch, settings, cluster, new WakeupBoard(), metrics, time, loggers, cancellation, leadership: leadership).ConfigureAwait(false));
        return await ExitCodes.OfRunAsync(host.Service.Crashed, leadership, cancellation).ConfigureAwait(false);
    }
}
