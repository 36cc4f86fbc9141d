using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pipeline.Hotpath.Tls;

namespace Pipeline.Hotpath.Http;

/// <summary>The ports of this process.</summary>
public static class WebPort
{
    /// <summary>An application with this port and these logs, and nothing that ASP.NET would add: it reads no settings and no files.</summary>
    public static WebApplicationBuilder CreateBuilder(IPAddress address, HttpEndpoint endpoint, ILoggerFactory loggers)
        => CreateBuilder(address, endpoint.Port, endpoint.Protocols, loggers, endpoint.Tls);

    /// <inheritdoc cref="CreateBuilder(IPAddress, HttpEndpoint, ILoggerFactory)"/>
    /// <param name="port">0 picks a free one.</param>
    /// <param name="tls">Null: clear text.</param>
    public static WebApplicationBuilder CreateBuilder(IPAddress address, int port, HttpProtocols protocols, ILoggerFactory loggers, ServerTls? tls)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers).AddLogging();
        builder.Services.AddSingleton<IHostLifetime, PartLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.AddPort(address, port, protocols, tls);
        return builder;
    }

    /// <summary>One more port for the same application.</summary>
    public static void AddPort(this WebApplicationBuilder builder, IPAddress address, HttpEndpoint endpoint)
        => builder.AddPort(address, endpoint.Port, endpoint.Protocols, endpoint.Tls);

    /// <inheritdoc cref="AddPort(WebApplicationBuilder, IPAddress, HttpEndpoint)"/>
    /// <param name="port">0 picks a free one.</param>
    /// <param name="tls">Null: clear text.</param>
    public static void AddPort(this WebApplicationBuilder builder, IPAddress address, int port, HttpProtocols protocols, ServerTls? tls)
        => builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(address, port, listen =>
        {
            listen.Protocols = protocols;
            if (tls is not null)
                listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(tls.ForConnection()) });
        }));

    /// <summary>The application is a part of a process, and when that is told to end its parts go in their order. By default each would take the signal for itself.</summary>
    private sealed class PartLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
