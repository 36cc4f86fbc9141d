using System.Buffers;
using Pipeline.Contracts;

namespace Pipeline.Hotpath.Grpc.Wire;

/// <summary>Names and values of custom metadata (PROTOCOL-HTTP2.md, "Custom-Metadata").</summary>
internal static class MetadataRules
{
    public const string BinarySuffix = "-bin";

    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("0123456789abcdefghijklmnopqrstuvwxyz_-.");

    public static bool IsBinary(string name) => name.EndsWith(BinarySuffix, StringComparison.Ordinal);

    /// <summary>Names that HTTP or gRPC itself uses are none.</summary>
    public static bool IsCustom(string name)
        => name.Length > 0 && !name.AsSpan().ContainsAnyExcept(NameCharacters) && !name.StartsWith("grpc-", StringComparison.Ordinal)
            && name is not ("content-type" or "content-length" or "te" or "user-agent" or "host" or "connection" or "transfer-encoding" or "date" or "trailer");

    public static bool IsText(string value) => !value.AsSpan().ContainsAnyExceptInRange(' ', '~');

    /// <summary>Emitted without padding.</summary>
    public static string ToBase64(ReadOnlySpan<byte> value) => Convert.ToBase64String(value).TrimEnd('=');

    /// <summary>Taken with and without padding.</summary>
    /// <exception cref="GrpcException">The value is no base64; the message names the metadata.</exception>
    public static byte[] FromBase64(string name, string value)
    {
        var text = value.Trim();
        try
        {
            return Convert.FromBase64String((text.Length % 4) switch { 2 => text + "==", 3 => text + "=", _ => text });
        }
        catch (FormatException)
        {
            throw new GrpcException(GrpcStatusCode.Internal, $"The metadata {name} is no base64.");
        }
    }
}
