using Microsoft.Extensions.Logging.Console;

namespace Pipeline.Functions.Composition;

internal static class Logging
{
    /// <summary>One line an event on the console; section <c>Logging</c> changes the levels.</summary>
    public static ILoggerFactory Create(IConfiguration settings) => LoggerFactory.Create(logging => logging
        .AddConfiguration(settings.GetSection("Logging"))
        .AddFilter("Microsoft", LogLevel.Warning)
        // Its lines are below the level above; left on, it still makes a scope for each request.
        .AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None)
        .AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss.fff ";
            console.UseUtcTimestamp = true;
            console.ColorBehavior = LoggerColorBehavior.Default;
        }));
}

internal static partial class StartLog
{
    [LoggerMessage(1, LogLevel.Information, "Pipeline listens: {Urls} (page, API, webhook), gRPC on port {GrpcPort}, health and metrics on port {HotpathHttpPort}.")]
    public static partial void Listening(ILogger logger, string urls, int grpcPort, int hotpathHttpPort);
}
