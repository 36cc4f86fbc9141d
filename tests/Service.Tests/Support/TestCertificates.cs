using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Pipeline.Hotpath.Tests.Support;

/// <summary>An authority of the test's own, and certificates that it signs, as PEM files in a folder that is removed afterwards.</summary>
internal sealed class TestCertificates : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-tls-").FullName;
    private readonly X509Certificate2 _authority;

    public TestCertificates()
    {
        var request = Request("CN=test authority");
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-10), DateTimeOffset.UtcNow.AddDays(10));
        AuthorityPath = Write("ca.pem", _authority.ExportCertificatePem());
    }

    public string AuthorityPath { get; }

    /// <summary>A certificate for 127.0.0.1 that is valid for a day on either side.</summary>
    public (string Certificate, string Key) Server(int shiftDays = 0)
    {
        using var certificate = Sign("CN=server", "1.3.6.1.5.5.7.3.1", shiftDays);
        return (Write("server.pem", certificate.ExportCertificatePem()), Write("server.key", certificate.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem()));
    }

    public X509Certificate2 Client(int shiftDays = 0, string usage = "1.3.6.1.5.5.7.3.2") => Sign("CN=client", usage, shiftDays);

    public string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    public void Dispose()
    {
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private X509Certificate2 Sign(string subject, string usage, int shiftDays)
    {
        var request = Request(subject);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        var middle = DateTimeOffset.UtcNow.AddDays(shiftDays);
        using var certificate = request.Create(_authority, middle.AddDays(-1), middle.AddDays(1), RandomNumberGenerator.GetBytes(8));
        return certificate.CopyWithPrivateKey(_keys[subject]);
    }

    private readonly Dictionary<string, RSA> _keys = [];

    private CertificateRequest Request(string subject)
        => new(subject, _keys[subject] = RSA.Create(2048), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
}
