using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Pipeline.Contracts.Client;

/// <summary>Whom an https channel trusts, and who it says it is. All files are PEM and are read for every connection, so that renewed ones are used.</summary>
public sealed record GrpcTlsOptions
{
    /// <summary>Certificates of the authorities that may have signed the server's. Null: those of the machine.</summary>
    public string? CaFile { get; init; }

    /// <summary>The client's certificate, with its intermediates behind it. Null: none is shown.</summary>
    public string? ClientCertificateFile { get; init; }

    /// <summary>Its key. Null: in the same file.</summary>
    public string? ClientKeyFile { get; init; }

    /// <exception cref="ArgumentException">A file is missing or holds no certificate or key; the message names the setting.</exception>
    internal SslClientAuthenticationOptions Load()
    {
        var ssl = new SslClientAuthenticationOptions();
        if (CaFile is not null)
        {
            var authorities = Read(nameof(CaFile), CaFile, ReadCertificates);
            ssl.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            ssl.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        }

        if (ClientCertificateFile is not null)
        {
            var certificate = Read(nameof(ClientCertificateFile), ClientCertificateFile, path => X509Certificate2.CreateFromPemFile(path, ClientKeyFile));
            var chain = Read(nameof(ClientCertificateFile), ClientCertificateFile, ReadCertificates);
            ssl.ClientCertificateContext = SslStreamCertificateContext.Create(certificate, chain, offline: true);
        }
        else if (ClientKeyFile is not null)
        {
            throw new ArgumentException("Tls.ClientKeyFile: needs Tls.ClientCertificateFile");
        }

        return ssl;
    }

    private static X509Certificate2Collection ReadCertificates(string path)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPemFile(path);
        return certificates.Count > 0 ? certificates : throw new CryptographicException("it holds no certificate");
    }

    private static T Read<T>(string setting, string path, Func<string, T> read)
    {
        try
        {
            return read(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new ArgumentException($"Tls.{setting}: {path} cannot be used: {exception.Message}", exception);
        }
    }
}
