namespace Pipeline.Hotpath.Tls;

/// <summary>Certificates of a port. All files are PEM; renewed ones are served within a minute, without a restart.</summary>
public sealed class ServerTlsOptions
{
    /// <summary>The server's certificate, with its intermediates behind it. Default none: no TLS.</summary>
    public string? CertificatePath { get; set; }

    /// <summary>The private key, not encrypted. Default: in the file of the certificate.</summary>
    public string? KeyPath { get; set; }

    /// <summary>Who signs clients' certificates; one or more. Default none: clients are not asked for one.</summary>
    public string? ClientCaPath { get; set; }

    /// <summary>Whether a client without a certificate is turned away. Default true where <see cref="ClientCaPath"/> is set.</summary>
    public bool RequireClientCertificate { get; set; } = true;

    /// <summary>Nobody gets in without a certificate that <see cref="ClientCaPath"/> has signed.</summary>
    internal bool KeepsStrangersOut => RequireClientCertificate && !string.IsNullOrEmpty(ClientCaPath);
}
