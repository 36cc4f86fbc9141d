using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Pipeline.Hotpath.Grpc.Wire;

namespace Pipeline.Hotpath.Grpc;

/// <summary>Custom metadata to send: before the first message, or behind the last.</summary>
public sealed class ReplyMetadata
{
    private readonly Lock _lock = new();
    private readonly List<(string Name, string Value)> _values = [];
    private bool _sent;

    /// <summary>Adds a value of printable ASCII.</summary>
    /// <exception cref="InvalidOperationException">Name or value cannot be sent, or the metadata are sent already.</exception>
    public void Add(string name, string value)
    {
        if (MetadataRules.IsBinary(name) || !MetadataRules.IsText(value))
            throw new InvalidOperationException($"Metadata {name}: text is printable ASCII under a name that does not end in -bin.");
        Append(name, value);
    }

    /// <summary>Adds bytes under a name that ends in <c>-bin</c>.</summary>
    /// <exception cref="InvalidOperationException">The name cannot be sent, or the metadata are sent already.</exception>
    public void Add(string name, ReadOnlySpan<byte> value)
    {
        if (!MetadataRules.IsBinary(name))
            throw new InvalidOperationException($"Metadata {name}: the name of bytes ends in -bin.");
        Append(name, MetadataRules.ToBase64(value));
    }

    /// <summary>From here on nothing can be added.</summary>
    internal void SendTo(IHeaderDictionary headers)
    {
        lock (_lock)
        {
            _sent = true;
            foreach (var (name, value) in _values)
                headers[name] = StringValues.Concat(headers[name], value);
        }
    }

    private void Append(string name, string value)
    {
        if (!MetadataRules.IsCustom(name))
            throw new InvalidOperationException($"Metadata '{name}': a name has characters 0-9 a-z _ - . only and is not one of HTTP or gRPC.");
        lock (_lock)
        {
            if (_sent)
                throw new InvalidOperationException($"Metadata {name}: it is too late, they are sent.");
            _values.Add((name, value));
        }
    }
}
