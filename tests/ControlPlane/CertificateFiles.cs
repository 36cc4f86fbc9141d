using System.Security.Cryptography.X509Certificates;

namespace Pipeline.TestControlPlane;

/// <summary>Certificates of a server on this machine and of a client, by an authority of their own, as files in a folder that is removed afterwards.</summary>
public sealed class CertificateFiles : IDisposable
{
    private readonly Certificates _certificates = new(TimeProvider.System.GetUtcNow());

    /// <param name="client">Name in the client's certificate.</param>
    public CertificateFiles(string client)
    {
        Folder = Directory.CreateTempSubdirectory("pipeline-certificates-").FullName;
        AuthorityPath = Write("ca.crt", _certificates.AuthorityPem);
        (ServerPath, ServerKeyPath) = Write("server", _certificates.IssueServer());
        (ClientPath, ClientKeyPath) = Write("tls", _certificates.IssueClient(client, []));
    }

    /// <summary>Has <c>ca.crt</c>, and of the client <c>tls.crt</c> and <c>tls.key</c>.</summary>
    public string Folder { get; }

    public X509Certificate2 Authority => _certificates.Authority;

    public string AuthorityPath { get; }

    public string ServerPath { get; }

    public string ServerKeyPath { get; }

    public string ClientPath { get; }

    public string ClientKeyPath { get; }

    public void Dispose()
    {
        _certificates.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private (string Certificate, string Key) Write(string name, (string Certificate, string Key) issued)
        => (Write($"{name}.crt", issued.Certificate), Write($"{name}.key", issued.Key));

    private string Write(string name, string text)
    {
        var path = Path.Combine(Folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
