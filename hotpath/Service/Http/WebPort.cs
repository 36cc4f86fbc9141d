using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Pipeline.Hotpath.Http;

/// <summary>The ports of this process.</summary>
public static class WebPort
{
    /// <summary>An application with this port and these logs, and nothing that ASP.NET would add: it reads no settings and no files.</summary>
    /// <param name="port">0 picks a free one.</param>
    /// <param name="tls">Null: clear text.</param>
    public static WebApplicationBuilder CreateBuilder(
        IPAddress address, int port, HttpProtocols protocols, ILoggerFactory loggers, HttpsConnectionAdapterOptions? tls = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers).AddLogging();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.AddPort(address, port, protocols, tls);
        return builder;
    }

    /// <summary>One more port for the same application.</summary>
    /// <param name="port">0 picks a free one.</param>
    /// <param name="tls">Null: clear text.</param>
    public static void AddPort(
        this WebApplicationBuilder builder, IPAddress address, int port, HttpProtocols protocols, HttpsConnectionAdapterOptions? tls = null)
        => builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(address, port, listen =>
        {
            listen.Protocols = protocols;
            if (tls is not null)
                listen.UseHttps(tls);
        }));
}
