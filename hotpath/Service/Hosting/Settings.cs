using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace Pipeline.Hotpath.Hosting;

/// <summary>
/// Settings, later ones winning: <c>appsettings.json</c>, the <c>Values</c> of <c>local.settings.json</c> (both in the working
/// folder), environment variables with <c>__</c> between the parts.
/// </summary>
public static class Settings
{
    public static IConfigurationRoot Load(string folder)
    {
        try
        {
            return new ConfigurationBuilder()
                .SetBasePath(folder)
                .AddJsonFile("appsettings.json", optional: true)
                .AddInMemoryCollection(LocalValues(Path.Combine(folder, "local.settings.json")))
                .AddEnvironmentVariables()
                .Build();
        }
        catch (InvalidDataException exception)
        {
            // Which file it is says the outermost, and what is wrong there the innermost.
            throw new StartupException($"{exception.Message} {exception.GetBaseException().Message}", exception);
        }
    }

    private static IEnumerable<KeyValuePair<string, string?>> LocalValues(string path)
    {
        if (!File.Exists(path))
            return [];
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllText(path), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new StartupException($"{path} must be an object.");
            if (!document.RootElement.TryGetProperty("Values", out var values))
                return [];
            return values.ValueKind == JsonValueKind.Object
                ? [.. values.EnumerateObject().Select(value => KeyValuePair.Create(value.Name.Replace("__", ":", StringComparison.Ordinal), value.Value.ToString()))!]
                : throw new StartupException($"{path}: Values must be an object.");
        }
        catch (JsonException exception)
        {
            throw new StartupException($"{path} is no valid JSON: {exception.Message}", exception);
        }
    }
}
