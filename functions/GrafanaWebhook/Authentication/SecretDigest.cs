using System.Security.Cryptography;
using System.Text;

namespace Pipeline.Functions.GrafanaWebhook.Authentication;

/// <summary>Compares with a secret in a time that tells neither its length nor where the two differ, because both are hashed first.</summary>
internal sealed class SecretDigest(string secret)
{
    private readonly byte[] _digest = SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    public bool Matches(ReadOnlySpan<byte> presented)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(presented, digest);
        return CryptographicOperations.FixedTimeEquals(digest, _digest);
    }
}
