namespace Pipeline.Hotpath.Grpc.Wire;

/// <summary>Of the message formats (application/grpc+json and others) only protobuf, which is also what no suffix means.</summary>
internal static class ContentType
{
    public const string Grpc = "application/grpc";

    public static bool IsGrpc(string? contentType)
    {
        if (contentType?.StartsWith(Grpc, StringComparison.OrdinalIgnoreCase) != true)
            return false;
        var rest = contentType.AsSpan(Grpc.Length);
        if (rest.StartsWith("+proto", StringComparison.OrdinalIgnoreCase))
            rest = rest["+proto".Length..];
        return rest.IsEmpty || rest[0] is ';' or ' ';
    }
}
