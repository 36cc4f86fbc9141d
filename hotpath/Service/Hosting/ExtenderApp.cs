using System.CommandLine;
using System.Net;
using Microsoft.Extensions.Logging;
using Pipeline.Contracts.Client;
using Pipeline.Contracts.Remote;
using Pipeline.Hotpath.Extender;
using Pipeline.Hotpath.Http;

namespace Pipeline.Hotpath.Hosting;

/// <summary>The extender beside kube-scheduler, for a hotpath in another process: HTTP to the one, gRPC to the other.</summary>
internal static class ExtenderApp
{
    public static Command Command()
    {
        var hotpath = new Option<string>("--hotpath") { Description = "gRPC address of the hotpath, such as http://127.0.0.1:5051.", Required = true };
        hotpath.Validators.Add(result =>
        {
            if (!IsAddress(result.GetValueOrDefault<string>()))
                result.AddError("--hotpath takes http://host:port or https://host:port.");
        });
        var port = HotpathArguments.Port("--port", "kube-scheduler's calls, health and metrics.", 5053);
        var bind = HotpathArguments.Bind();
        var command = new Command("extender", "Answers kube-scheduler for a hotpath in another process.") { hotpath, port, bind };
        command.SetAction((parsed, cancellation) => ExitCodes.OfStartAsync(() => RunAsync(
            new Uri(parsed.GetRequiredValue(hotpath)), IPAddress.Parse(parsed.GetRequiredValue(bind)), parsed.GetRequiredValue(port), cancellation), cancellation));
        return command;
    }

    private static bool IsAddress(string? text)
        => Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https";

    private static async Task<int> RunAsync(Uri hotpath, IPAddress bind, int port, CancellationToken cancellation)
    {
        await using var parts = new PartStack();
        var settings = Settings.Load(Directory.GetCurrentDirectory());
        var loggers = parts.Keep(Logging.Create(settings));
        var metrics = parts.Keep(new MetricsPage());
        var channel = parts.Keep(new GrpcChannel(RemoteSettings.Read(settings, hotpath), TimeProvider.System));
        var health = new RemoteHealth(channel);
        var extender = parts.Keep(new ExtenderFront(
            new RemoteNominations(channel), HotpathSettings.ReadExtender(settings), TimeProvider.System, loggers.CreateLogger<ExtenderFront>()));
        var http = parts.Add(await HotpathWebHost.StartHttpAsync(
            token => new ValueTask<string?>(health.NotReadyReasonAsync(token)), extender, metrics, bind, HotpathSettings.ReadHttp(port, settings, TimeProvider.System, loggers), loggers).ConfigureAwait(false));

        ExtenderLog.Listening(loggers.CreateLogger<ExtenderFront>(), http.Urls.Single(), hotpath);
        await Task.Delay(Timeout.Infinite, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return 0;
    }
}
