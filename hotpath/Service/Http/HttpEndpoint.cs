using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Pipeline.Hotpath.Hosting;
using Pipeline.Hotpath.Tls;

namespace Pipeline.Hotpath.Http;

/// <summary>A port for HTTP; with TLS for HTTP/2 as well.</summary>
/// <param name="Port">0 picks a free one.</param>
/// <param name="Tls">Null: clear text.</param>
public sealed record HttpEndpoint(int Port, ServerTls? Tls = null)
{
    // Kestrel would warn that it cannot tell HTTP/2 from HTTP/1.1 in clear text.
    internal HttpProtocols Protocols => Tls is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2;

    /// <param name="section">Of its certificates in the settings, such as <c>Http:Tls</c>.</param>
    /// <param name="strangersMayConnect">See <see cref="ServerTls.Load"/>.</param>
    /// <exception cref="ValidationException">A certificate cannot be used; the message names the setting.</exception>
    public static HttpEndpoint Read(int port, string section, IConfiguration settings, TimeProvider time, ILoggerFactory loggers, bool strangersMayConnect = false)
        => new(port, ServerTls.Load(section, settings.Read<ServerTlsOptions>(section), time, loggers, strangersMayConnect));
}
