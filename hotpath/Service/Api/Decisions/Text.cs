using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Pipeline.Contracts;

namespace Pipeline.Hotpath.Api.Decisions;

/// <summary>
/// A string of a message must be UTF-8 (protobuf, language guide, "Scalar Value Types"). The parser puts a replacement character where it
/// is not, and two names could become one.
/// </summary>
internal static class Text
{
    private const char Replacement = '\uFFFD';

    /// <exception cref="RequestRefusedException">It is no text.</exception>
    public static void Require(string text, string field)
    {
        if (text.Contains(Replacement, StringComparison.Ordinal))
            throw RequestRefusedException.InvalidArgument(field, "is not UTF-8, or has a replacement character");
    }

    /// <summary>Every string of a message and of those in it; for calls that are rare.</summary>
    /// <exception cref="RequestRefusedException">One is no text.</exception>
    public static void RequireAll(IMessage message, string path = "")
    {
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder())
        {
            if (field.FieldType is not (FieldType.String or FieldType.Message))
                continue;
            var name = path.Length == 0 ? field.Name : $"{path}.{field.Name}";
            RequireValue(field.Accessor.GetValue(message), name);
        }
    }

    private static void RequireValue(object? value, string name)
    {
        if (value is string text)
            Require(text, name);
        else if (value is IMessage message)
            RequireAll(message, name);
        else if (value is IList items)
        {
            for (var i = 0; i < items.Count; i++)
                RequireValue(items[i], $"{name}[{i}]");
        }
    }
}
