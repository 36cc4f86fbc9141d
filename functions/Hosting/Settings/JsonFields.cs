using System.Globalization;
using System.Text.Json;

namespace Pipeline.Functions.Hosting.Settings;

/// <summary>Reads fields of one JSON object and collects what is wrong, by file and field. Unknown fields are left alone.</summary>
internal sealed class JsonFields(JsonElement element, string file, string path, List<string> errors)
{
    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
    private static readonly JsonElement Empty = JsonElement.Parse("{}");

    /// <summary>The root object of a file, or null after an error was added.</summary>
    public static JsonFields? OfFile(string path, string name, List<string> errors)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), Lenient);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                return new JsonFields(document.RootElement.Clone(), name, "", errors);
            errors.Add($"{name}: must be a JSON object.");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            errors.Add($"{name}: not found in {Path.GetDirectoryName(path)}.");
        }
        catch (JsonException e)
        {
            errors.Add($"{name}: is not JSON: {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            errors.Add($"{name}: cannot be read: {e.Message}");
        }

        return null;
    }

    public bool Has(string field) => element.TryGetProperty(field, out var value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>A nested object; an empty one when absent.</summary>
    public JsonFields Object(string field)
    {
        var value = Has(field) ? element.GetProperty(field) : Empty;
        if (value.ValueKind != JsonValueKind.Object)
        {
            Wrong(field, "must be an object");
            value = Empty;
        }

        return new JsonFields(value, file, Name(field), errors);
    }

    /// <summary>The objects of a required array.</summary>
    public IReadOnlyList<JsonFields> Objects(string field)
    {
        if (!Has(field) || element.GetProperty(field) is not { ValueKind: JsonValueKind.Array } array)
        {
            Wrong(field, "must be an array of objects");
            return [];
        }

        var objects = new List<JsonFields>();
        foreach (var (index, item) in array.EnumerateArray().Index())
        {
            if (item.ValueKind == JsonValueKind.Object)
                objects.Add(new JsonFields(item, file, $"{Name(field)}[{index}]", errors));
            else
                Wrong($"{field}[{index}]", "must be an object");
        }

        return objects;
    }

    /// <summary>A required text; empty after an error.</summary>
    public string Text(string field)
    {
        if (StringOf(field) is { Length: > 0 } text)
            return text;
        Wrong(field, "must be a text that is not empty");
        return "";
    }

    public bool Flag(string field, bool fallback)
    {
        if (!Has(field))
            return fallback;
        var value = element.GetProperty(field);
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return value.GetBoolean();
        Wrong(field, "must be true or false");
        return fallback;
    }

    public int Number(string field, int fallback, int least, int most)
    {
        if (!Has(field))
            return fallback;
        var value = element.GetProperty(field);
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= least && number <= most)
            return number;
        Wrong(field, $"must be a whole number from {least} to {most}, but is {value.GetRawText()}");
        return fallback;
    }

    /// <summary>A time as <c>hh:mm:ss</c>.</summary>
    public TimeSpan Time(string field, TimeSpan fallback, TimeSpan least, TimeSpan most)
    {
        if (!Has(field))
            return fallback;
        var value = element.GetProperty(field);
        if (value.ValueKind == JsonValueKind.String
            && TimeSpan.TryParseExact(value.GetString(), "c", CultureInfo.InvariantCulture, out var time)
            && time >= least
            && time <= most)
            return time;
        Wrong(field, $"must be a time 'hh:mm:ss' from {least} to {most}, but is {value.GetRawText()}");
        return fallback;
    }

    public void Wrong(string field, string why) => errors.Add($"{file}: {Name(field)} {why}.");

    public bool Is(string field, string text) => StringOf(field) == text;

    private string? StringOf(string field) =>
        Has(field) && element.GetProperty(field) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    private string Name(string field) => path.Length == 0 ? field : $"{path}.{field}";
}
