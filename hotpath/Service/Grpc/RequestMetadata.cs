using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;
using Pipeline.Hotpath.Grpc.Wire;

namespace Pipeline.Hotpath.Grpc;

/// <summary>The custom metadata that came with a call. Names are lower case; those that HTTP or gRPC itself uses are left out.</summary>
public readonly struct RequestMetadata
{
    private readonly IHeaderDictionary _headers;

    internal RequestMetadata(IHeaderDictionary headers) => _headers = headers;

    /// <summary>The text under a name; several values are joined by commas.</summary>
    public bool TryGet(string name, [MaybeNullWhen(false)] out string value)
    {
        value = MetadataRules.IsCustom(name) && _headers.TryGetValue(name, out var values) ? string.Join(',', values.ToArray()) : null;
        return value is not null;
    }

    /// <summary>The values under a name that ends in <c>-bin</c>; none when there is no such name.</summary>
    /// <exception cref="GrpcException">A value is no base64.</exception>
    public IReadOnlyList<byte[]> GetBinary(string name)
        => TryGet(name, out var value) ? [.. value.Split(',').Select(part => MetadataRules.FromBase64(name, part))] : [];
}
