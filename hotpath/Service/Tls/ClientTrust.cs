using System.Security.Cryptography.X509Certificates;

namespace Pipeline.Hotpath.Tls;

/// <summary>Which clients' certificates are good: in date, made for clients, and signed by one of the given authorities and by no other.</summary>
internal sealed class ClientTrust(X509Certificate2Collection authorities, TimeProvider time)
{
    // Extended key usage "client authentication" (RFC 5280, 4.2.1.12).
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    /// <param name="sent">What the client sent along; its intermediates are looked for there.</param>
    public bool IsValid(X509Certificate2 certificate, X509Chain? sent)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.ExtraStore.AddRange(sent?.ChainPolicy.ExtraStore ?? []);
        // A private authority publishes no revocations; who must be kept out gets no new certificate.
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = time.GetUtcNow().UtcDateTime;
        chain.ChainPolicy.ApplicationPolicy.Add(new(ClientAuthentication));
        return chain.Build(certificate);
    }
}
