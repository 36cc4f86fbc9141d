using System.ComponentModel.DataAnnotations;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Pipeline.Hotpath.Tls;

/// <summary>What <see cref="ServerTlsOptions"/> name, as it is in the files at one time.</summary>
/// <param name="Server">The certificate with its intermediates.</param>
/// <param name="Clients">Null: clients are not asked for a certificate.</param>
internal sealed record ServerCertificates(SslStreamCertificateContext Server, ClientTrust? Clients)
{
    /// <param name="section">Of the settings; errors begin with it.</param>
    /// <exception cref="ValidationException">A file is missing, unreadable, out of date or does not fit; the message names the setting.</exception>
    public static ServerCertificates Read(string section, ServerTlsOptions options, TimeProvider time)
    {
        var server = ReadServer(section, options, time);
        var chain = ReadFile(section, nameof(options.CertificatePath), options.CertificatePath!);
        var clients = string.IsNullOrEmpty(options.ClientCaPath) ? null : new ClientTrust(ReadFile(section, nameof(options.ClientCaPath), options.ClientCaPath), time);
        // Offline: what is missing from the file is not fetched from wherever the certificate says.
        return new ServerCertificates(SslStreamCertificateContext.Create(server, chain, offline: true), clients);
    }

    private static X509Certificate2 ReadServer(string section, ServerTlsOptions options, TimeProvider time)
    {
        var certificate = Use(section, nameof(options.CertificatePath), options.CertificatePath!, path =>
            X509Certificate2.CreateFromPemFile(path, string.IsNullOrEmpty(options.KeyPath) ? null : options.KeyPath));
        var now = time.GetUtcNow();
        if (now < certificate.NotBefore || now > certificate.NotAfter)
        {
            throw new ValidationException(
                $"{section}:{nameof(options.CertificatePath)}: the certificate is valid from {certificate.NotBefore:u} to {certificate.NotAfter:u}.");
        }

        return certificate;
    }

    private static X509Certificate2Collection ReadFile(string section, string setting, string path) => Use(section, setting, path, file =>
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPemFile(file);
        return certificates.Count > 0 ? certificates : throw new CryptographicException("there is no certificate in it");
    });

    private static T Use<T>(string section, string setting, string path, Func<string, T> read)
    {
        try
        {
            return read(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new ValidationException($"{section}:{setting}: {path} cannot be used: {exception.Message}", exception);
        }
    }
}
