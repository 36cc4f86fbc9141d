using System.CommandLine;
using System.CommandLine.Parsing;
using Pipeline.Hotpath.Hosting;

namespace Pipeline.Functions.Composition;

/// <summary>The command line.</summary>
internal static class CommandLine
{
    public static Task<int> RunAsync(string[] args)
    {
        var httpPort = HotpathArguments.Port("--http-port", "Webhook, API and dashboard.", 7071);
        var hotpath = new Option<string>("--hotpath") { Description = "gRPC address of a hotpath in another process, such as http://127.0.0.1:5051; without it one runs in this process." };
        hotpath.Validators.Add(CheckAddress);
        var service = new HotpathArguments();

        var root = new RootCommand("Pipeline: from an alert to a repaired GPU node. Other addresses than loopback need webhook credentials.") { httpPort, hotpath };
        service.AddTo(root);
        root.Validators.Add(result =>
        {
            // Taken in silence, somebody would believe in them.
            foreach (var option in service.HotpathOnly.Where(option => result.GetResult(hotpath) is not null && result.GetResult(option) is { Implicit: false }))
                result.AddError($"{option.Name} is for the process of the hotpath, which --hotpath says is another one.");
        });
        root.SetAction((parsed, cancellation) => ExitCodes.OfStartAsync(() => RunAsync(
            new LaunchOptions(parsed.GetRequiredValue(httpPort), parsed.GetValue(hotpath) is { } url ? new Uri(url) : null, service.Read(parsed)), cancellation), cancellation));
        return ExitCodes.RunAsync(root, args);
    }

    private static async Task<int> RunAsync(LaunchOptions options, CancellationToken cancellation)
    {
        await using var app = await PipelineApp.StartAsync(options, cancellation);
        return await app.WaitForShutdownAsync(cancellation);
    }

    private static void CheckAddress(OptionResult result)
    {
        if (!Uri.TryCreate(result.GetValueOrDefault<string>(), UriKind.Absolute, out var address) || address is not { Scheme: "http" or "https", PathAndQuery: "/" })
            result.AddError("--hotpath takes http://host:port or https://host:port.");
    }
}
