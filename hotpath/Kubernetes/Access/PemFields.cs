using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Pipeline.Kubernetes.Access;

/// <summary>Certificates and keys of a kubeconfig: FIELD-data holds PEM in base64 and goes before FIELD, which names a file.</summary>
internal static class PemFields
{
    /// <returns>Null: none is named.</returns>
    public static X509Certificate2Collection? Authorities(ConfigNode cluster)
    {
        const string Field = "certificate-authority";
        if (Pem(cluster, Field) is not { } pem)
            return null;
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPem(pem);
        }
        catch (CryptographicException exception)
        {
            throw cluster.Wrong(Field, "is not a certificate in PEM", exception);
        }

        return authorities.Count > 0 ? authorities : throw cluster.Wrong(Field, "holds no certificate in PEM");
    }

    /// <returns>The certificate with its key, then those that it is signed with; null: none is named.</returns>
    public static X509Certificate2Collection? ClientCertificate(ConfigNode user)
    {
        const string Certificate = "client-certificate";
        const string Key = "client-key";
        var (certificate, key) = (Pem(user, Certificate), Pem(user, Key));
        if (certificate is null && key is null)
            return null;
        if (certificate is null || key is null)
            throw user.Wrong(certificate is null ? Certificate : Key, "is missing");
        try
        {
            var chain = new X509Certificate2Collection();
            chain.ImportFromPem(certificate);
            return [X509Certificate2.CreateFromPem(certificate, key), .. chain.Skip(1)];
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw user.Wrong(Certificate, "and client-key are not a certificate and its key in PEM", exception);
        }
    }

    private static string? Pem(ConfigNode node, string field)
    {
        var inline = field + "-data";
        if (node.Text(inline) is { } data)
        {
            try
            {
                return Encoding.ASCII.GetString(Convert.FromBase64String(data));
            }
            catch (FormatException exception)
            {
                throw node.Wrong(inline, "is not base64", exception);
            }
        }

        if (node.FilePath(field) is not { } path)
            return null;
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw node.Wrong(field, $"names '{path}', which cannot be read: {exception.Message}", exception);
        }
    }
}
