using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Pipeline.Hotpath.Hosting;

public static class Logging
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
