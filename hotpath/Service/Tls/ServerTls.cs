using System.ComponentModel.DataAnnotations;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace Pipeline.Hotpath.Tls;

/// <summary>
/// TLS of a port. The files are read again when a client connects, once a minute at most, so that renewed certificates are served without a
/// restart. Where they cannot be used any more, the last good ones stay and the log says why.
/// </summary>
public sealed class ServerTls
{
    // Certificates are renewed hours before they run out. Strangers who open thousands of connections do not make it read more often.
    private static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(1);

    private readonly string _section;
    private readonly ServerTlsOptions _options;
    private readonly bool _requiresClients;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private ServerCertificates _certificates;
    private long _readAt;

    private ServerTls(string section, ServerTlsOptions options, bool requiresClients, TimeProvider time, ILogger logger)
    {
        (_section, _options, _requiresClients, _time, _logger) = (section, options, requiresClients, time, logger);
        (_certificates, _readAt) = (ServerCertificates.Read(section, options, time), time.GetTimestamp());
    }

    /// <param name="section">Of the settings, such as <c>Grpc:Tls</c>; errors begin with it.</param>
    /// <param name="strangersMayConnect">Clients without a certificate may, whatever the options say: not all that is served there asks for one. A bad one never passes.</param>
    /// <returns>Null: no TLS.</returns>
    /// <exception cref="ValidationException">A file is missing, unreadable, out of date or does not fit; the message names the setting.</exception>
    public static ServerTls? Load(string section, ServerTlsOptions options, TimeProvider time, ILoggerFactory loggers, bool strangersMayConnect = false)
    {
        if (!string.IsNullOrEmpty(options.CertificatePath))
            return new ServerTls(section, options, options.RequireClientCertificate && !strangersMayConnect, time, loggers.CreateLogger<ServerTls>());
        return string.IsNullOrEmpty(options.KeyPath) && string.IsNullOrEmpty(options.ClientCaPath)
            ? null
            : throw new ValidationException($"{section}:{nameof(options.CertificatePath)}: must be set when KeyPath or ClientCaPath is.");
    }

    /// <summary>What the next connection gets.</summary>
    internal SslServerAuthenticationOptions ForConnection()
    {
        Refresh();
        var certificates = Volatile.Read(ref _certificates);
        var ssl = new SslServerAuthenticationOptions { ServerCertificateContext = certificates.Server };
        if (certificates.Clients is not { } clients)
            return ssl;
        ssl.ClientCertificateRequired = true;
        ssl.RemoteCertificateValidationCallback = (_, certificate, chain, _)
            => certificate is X509Certificate2 shown ? clients.IsValid(shown, chain) : certificate is null && !_requiresClients;
        return ssl;
    }

    private void Refresh()
    {
        var readAt = Volatile.Read(ref _readAt);
        if (_time.GetElapsedTime(readAt) < MaxAge || Interlocked.CompareExchange(ref _readAt, _time.GetTimestamp(), readAt) != readAt)
            return;
        try
        {
            Volatile.Write(ref _certificates, ServerCertificates.Read(_section, _options, _time));
        }
        catch (ValidationException exception)
        {
            TlsLog.Kept(_logger, exception.Message);
        }
    }
}
