using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Pipeline.Hotpath.Grpc.Hosting;

/// <summary>Reads the certificates of <see cref="GrpcTlsOptions"/>; every mistake is found at the start.</summary>
internal static class ServerCertificate
{
    /// <returns>Null: no TLS.</returns>
    /// <exception cref="ValidationException">A file is missing, unreadable, out of date or does not fit; the message names the setting.</exception>
    public static HttpsConnectionAdapterOptions? Load(GrpcTlsOptions options, TimeProvider time)
    {
        if (string.IsNullOrEmpty(options.CertificatePath))
            return string.IsNullOrEmpty(options.KeyPath) && string.IsNullOrEmpty(options.ClientCaPath)
                ? null
                : throw new ValidationException("Grpc:Tls:CertificatePath: must be set when KeyPath or ClientCaPath is.");
        var https = new HttpsConnectionAdapterOptions { ServerCertificate = LoadServer(options, time), ServerCertificateChain = LoadFile("CertificatePath", options.CertificatePath) };
        if (string.IsNullOrEmpty(options.ClientCaPath))
            return https;
        var trust = new ClientTrust(LoadFile("ClientCaPath", options.ClientCaPath), time);
        https.ClientCertificateMode = options.RequireClientCertificate ? ClientCertificateMode.RequireCertificate : ClientCertificateMode.AllowCertificate;
        https.ClientCertificateValidation = (certificate, chain, _) => trust.IsValid(certificate, chain);
        return https;
    }

    private static X509Certificate2 LoadServer(GrpcTlsOptions options, TimeProvider time)
    {
        var certificate = Read("CertificatePath", options.CertificatePath!, path =>
            X509Certificate2.CreateFromPemFile(path, string.IsNullOrEmpty(options.KeyPath) ? null : options.KeyPath));
        var now = time.GetUtcNow();
        if (now < certificate.NotBefore || now > certificate.NotAfter)
            throw new ValidationException($"Grpc:Tls:CertificatePath: the certificate is valid from {certificate.NotBefore:u} to {certificate.NotAfter:u}.");
        return certificate;
    }

    private static X509Certificate2Collection LoadFile(string setting, string path) => Read(setting, path, file =>
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPemFile(file);
        return certificates.Count > 0 ? certificates : throw new CryptographicException("there is no certificate in it");
    });

    private static T Read<T>(string setting, string path, Func<string, T> read)
    {
        try
        {
            return read(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new ValidationException($"Grpc:Tls:{setting}: {path} cannot be used: {exception.Message}", exception);
        }
    }
}
