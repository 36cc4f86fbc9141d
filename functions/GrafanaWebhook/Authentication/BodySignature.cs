using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Pipeline.Functions.GrafanaWebhook.Authentication;

/// <summary>
/// Grafana's webhook signature: HMAC-SHA256 in lower-case hex without a prefix, over the body, or over <c>timestamp:body</c>
/// (grafana/alerting, <c>http/hmac.go</c>).
/// </summary>
internal sealed class BodySignature(string secret)
{
    private const int HexLength = 2 * HMACSHA256.HashSizeInBytes;

    private readonly byte[] _key = Encoding.UTF8.GetBytes(secret);

    // Looking the algorithm up and preparing the key takes as long as hashing a notification. As many as check at once.
    private readonly ConcurrentBag<IncrementalHash> _prepared = [];

    /// <param name="timestamp">As the header gives it; null: the signature covers the body alone.</param>
    public bool Matches(ReadOnlySpan<byte> body, string? timestamp, string presented)
    {
        Span<byte> given = stackalloc byte[HexLength];
        if (presented.Length != HexLength || !Encoding.ASCII.TryGetBytes(presented, given, out _))
            return false;
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        Sign(body, timestamp, mac);
        Span<byte> hex = stackalloc byte[HexLength];
        Convert.TryToHexStringLower(mac, hex, out _);
        return CryptographicOperations.FixedTimeEquals(hex, given);
    }

    private void Sign(ReadOnlySpan<byte> body, string? timestamp, Span<byte> mac)
    {
        if (!_prepared.TryTake(out var hash))
            hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        if (timestamp is not null)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(timestamp));
            hash.AppendData(":"u8);
        }
        hash.AppendData(body);
        hash.GetHashAndReset(mac);
        _prepared.Add(hash);
    }
}
