using System.Collections;

namespace Pipeline.Contracts.Client;

/// <summary>
/// Names and values beside the messages (grpc/grpc doc/PROTOCOL-HTTP2.md). Names are lower case; a name that ends in <c>-bin</c> carries
/// bytes, written as base64. Names that begin with <c>grpc-</c> belong to gRPC itself.
/// </summary>
public sealed class GrpcMetadata : IEnumerable<KeyValuePair<string, string>>
{
    private const string BinarySuffix = "-bin";
    private readonly List<KeyValuePair<string, string>> _entries = [];

    public int Count => _entries.Count;

    /// <exception cref="ArgumentException">The name or the value may not be sent.</exception>
    public void Add(string name, string value)
    {
        if (IsBinary(name))
            throw new ArgumentException($"{name}: names that end in {BinarySuffix} carry bytes", nameof(name));
        if (value.Any(letter => letter is < ' ' or > '~'))
            throw new ArgumentException($"{name}: only printable ASCII can be sent", nameof(value));
        AddChecked(name, value);
    }

    /// <exception cref="ArgumentException">The name may not be sent.</exception>
    public void Add(string name, ReadOnlySpan<byte> value)
    {
        if (!IsBinary(name))
            throw new ArgumentException($"{name}: only names that end in {BinarySuffix} carry bytes", nameof(name));
        AddChecked(name, Convert.ToBase64String(value).TrimEnd('='));
    }

    /// <summary>The first value of the name as it was sent, or null.</summary>
    public string? Find(string name)
    {
        foreach (var (known, value) in _entries)
        {
            if (known.Equals(name, StringComparison.OrdinalIgnoreCase))
                return value;
        }

        return null;
    }

    /// <summary>Every value of a <c>-bin</c> name, in order; padded or not, and several may share one entry between commas.</summary>
    /// <exception cref="FormatException">A value is no base64.</exception>
    public IReadOnlyList<byte[]> FindBinary(string name)
        => [.. _entries.Where(entry => entry.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).SelectMany(entry => entry.Value.Split(',')).Select(Decode)];

    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Takes what a peer sent, as it is.</summary>
    internal void AddReceived(string name, string value) => _entries.Add(new(name.ToLowerInvariant(), value));

    private void AddChecked(string name, string value)
    {
        if (name.Length == 0 || name.Any(letter => !(letter is >= 'a' and <= 'z' or >= '0' and <= '9' or '_' or '-' or '.')))
            throw new ArgumentException($"'{name}' is no name of metadata: lower-case letters, digits and _-. only", nameof(name));
        if (name.StartsWith("grpc-", StringComparison.Ordinal))
            throw new ArgumentException($"{name}: names that begin with grpc- are reserved", nameof(name));
        _entries.Add(new(name, value));
    }

    private static bool IsBinary(string name) => name.EndsWith(BinarySuffix, StringComparison.Ordinal);

    private static byte[] Decode(string text)
    {
        var value = text.Trim().TrimEnd('=');
        return Convert.FromBase64String(value.PadRight((value.Length + 3) / 4 * 4, '='));
    }
}
