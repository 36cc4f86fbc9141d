using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Pipeline.TestControlPlane;

/// <summary>An authority that signs the certificates of servers on this machine and those of clients.</summary>
internal sealed class Certificates : IDisposable
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(1);

    private readonly X509Certificate2 _authority;
    private readonly DateTimeOffset _start;

    public Certificates(DateTimeOffset now)
    {
        // An hour back: a machine's clock may be set while the plane runs.
        _start = now.AddHours(-1);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=pipeline-test-ca", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        _authority = request.CreateSelfSigned(_start, now + Lifetime);
    }

    public X509Certificate2 Authority => _authority;

    public string AuthorityPem => _authority.ExportCertificatePem();

    /// <summary>For 127.0.0.1 and localhost.</summary>
    public (string Certificate, string Key) IssueServer() => Issue(new X500DistinguishedName("CN=kube-apiserver"), ServerAuthentication, request =>
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
    });

    /// <summary>The API server reads the user from CN and the groups from O.</summary>
    public (string Certificate, string Key) IssueClient(string user, IEnumerable<string> groups)
    {
        var name = new X500DistinguishedNameBuilder();
        foreach (var group in groups)
            name.AddOrganizationName(group);
        name.AddCommonName(user);
        return Issue(name.Build(), ClientAuthentication, _ => { });
    }

    public void Dispose() => _authority.Dispose();

    private (string Certificate, string Key) Issue(X500DistinguishedName subject, string usage, Action<CertificateRequest> extend)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        extend(request);
        Span<byte> serial = stackalloc byte[16];
        RandomNumberGenerator.Fill(serial);
        serial[0] &= 0x7f; // A serial number is positive (RFC 5280 §4.1.2.2).
        using var certificate = request.Create(_authority, _start, _authority.NotAfter, serial);
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }
}
