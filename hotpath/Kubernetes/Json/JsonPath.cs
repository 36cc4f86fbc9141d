using System.Text.Json;

namespace Pipeline.Kubernetes.Json;

/// <summary>Goes through JSON to one field without reading the rest into objects.</summary>
internal static class JsonPath
{
    /// <summary>Goes from the start of an object to the value of one of its fields; without such a field, to the end of the object.</summary>
    /// <returns>False: the reader was at no object, and still is where it was, or the object has no such field.</returns>
    public static bool Enter(ref Utf8JsonReader reader, ReadOnlySpan<byte> field)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            return false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var found = reader.ValueTextEquals(field);
            reader.Read();
            if (found)
                return true;
            reader.Skip();
        }

        return false;
    }
}
