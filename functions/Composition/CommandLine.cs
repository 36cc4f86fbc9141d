using System.CommandLine;
using System.ComponentModel.DataAnnotations;
using System.Net;
using Pipeline.Contracts;

namespace Pipeline.Functions.Composition;

/// <summary>The command line, and what an exit code means: 0 stopped, 1 could not start or broke, 2 the arguments are wrong.</summary>
internal static class CommandLine
{
    public static Task<int> RunAsync(string[] args)
    {
        var bind = new Option<string>("--bind") { Description = "Address to listen on. Other than loopback needs webhook credentials.", DefaultValueFactory = _ => "127.0.0.1" };
        var httpPort = Port("--http-port", "Webhook, API and dashboard.", 7071);
        var grpcPort = Port("--grpc-port", "gRPC (HTTP/2; TLS when Grpc:Tls is set).", 5051);
        var hotpathHttpPort = Port("--hotpath-http-port", "Health and metrics of the service.", 5052);
        var data = new Option<string>("--data") { Description = "Folder of everything that must survive.", DefaultValueFactory = _ => "./data" };
        var cluster = new Option<string>("--cluster") { Description = "The cluster to drive.", DefaultValueFactory = _ => "simulated" };
        cluster.AcceptOnlyFromAmong("simulated");
        var nodes = new Option<int>("--nodes") { Description = "Nodes of the simulated cluster, 1 to 100000.", DefaultValueFactory = _ => 64 };
        var acceptLoss = new Option<bool>("--accept-loss") { Description = "Start although acknowledged data are gone; what is lost is named in the log." };
        bind.Validators.Add(result =>
        {
            if (!IPAddress.TryParse(result.GetValueOrDefault<string>(), out _))
                result.AddError("--bind takes an IP address.");
        });

        var root = new RootCommand("Pipeline: from an alert to a repaired GPU node.")
        {
            bind, httpPort, grpcPort, hotpathHttpPort, data, cluster, nodes, acceptLoss,
        };
        root.SetAction((parsed, cancellation) => RunAsync(new LaunchOptions(
            IPAddress.Parse(parsed.GetRequiredValue(bind)), parsed.GetRequiredValue(httpPort), parsed.GetRequiredValue(grpcPort),
            parsed.GetRequiredValue(hotpathHttpPort), parsed.GetRequiredValue(data), parsed.GetRequiredValue(nodes), parsed.GetValue(acceptLoss)), cancellation));
        var result = root.Parse(args);
        return result.Errors.Count > 0 ? InvokeAsUsageErrorAsync(result) : result.InvokeAsync();
    }

    private static async Task<int> InvokeAsUsageErrorAsync(ParseResult result)
    {
        await result.InvokeAsync();
        return 2;
    }

    private static async Task<int> RunAsync(LaunchOptions options, CancellationToken cancellation)
    {
        try
        {
            await using var app = await PipelineApp.StartAsync(options, cancellation);
            return await app.WaitForShutdownAsync(cancellation);
        }
        catch (Exception exception) when (exception is StartupException or ValidationException or IOException or HotpathUnavailableException)
        {
            await Console.Error.WriteLineAsync($"Pipeline did not start. {exception.Message}");
            return 1;
        }
    }

    private static Option<int> Port(string name, string description, int defaultPort)
    {
        var option = new Option<int>(name) { Description = $"{description} 0 picks a free port.", DefaultValueFactory = _ => defaultPort };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 0 or > 65535)
                result.AddError($"{name} takes a port from 0 to 65535.");
        });
        return option;
    }
}
