using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Pipeline.Kubernetes.Access;

/// <summary>What a pod finds of its own cluster (Kubernetes, "Accessing the Kubernetes API from a Pod").</summary>
public static class InCluster
{
    public const string Directory = "/var/run/secrets/kubernetes.io/serviceaccount";

    private const string Host = "KUBERNETES_SERVICE_HOST";
    private const string Port = "KUBERNETES_SERVICE_PORT";

    /// <param name="environment">A variable by its name.</param>
    public static bool IsInside(Func<string, string?> environment, string directory = Directory)
        => environment(Host) is { Length: > 0 } && File.Exists(Path.Combine(directory, "token"));

    /// <exception cref="ClusterAccessException">The message names the variable or file.</exception>
    public static ClusterAccess Load(Func<string, string?> environment, TimeProvider time, string directory = Directory)
    {
        var host = environment(Host) is { Length: > 0 } given ? given : throw new ClusterAccessException($"{Host} is not set: this is not a pod.");
        var bare = host.Contains(':') && !host.StartsWith('[') ? $"[{host}]" : host;
        var token = Path.Combine(directory, "token");
        var authorities = Path.Combine(directory, "ca.crt");
        return new ClusterAccess
        {
            Server = Uri.TryCreate($"https://{bare}:{environment(Port) ?? "443"}", UriKind.Absolute, out var server)
                ? server
                : throw new ClusterAccessException($"{Host} and {Port} are not a host and a port."),
            Authorities = new RenewedCertificates(Authorities(authorities), () => Authorities(authorities), time),
            Credentials = new TokenFile(token, "service account", time),
            Namespace = Namespace(Path.Combine(directory, "namespace")),
        };
    }

    private static X509Certificate2Collection Authorities(string path)
    {
        try
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(path);
            return authorities.Count > 0 ? authorities : throw new ClusterAccessException($"{path}: holds no certificate in PEM.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new ClusterAccessException($"{path}: cannot be read: {exception.Message}", exception);
        }
    }

    private static string Namespace(string path) => File.Exists(path) && File.ReadAllText(path).Trim() is { Length: > 0 } name ? name : "default";
}
