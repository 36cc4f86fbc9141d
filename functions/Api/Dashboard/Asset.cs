using System.Reflection;
using System.Security.Cryptography;

namespace Pipeline.Functions.Api.Dashboard;

/// <summary>A file of the page, as embedded in this assembly.</summary>
internal sealed record Asset(string Name, string ContentType, byte[] Bytes, string ETag)
{
    private const string Prefix = "web/";

    /// <summary>All files by name, such as <c>app.css</c>.</summary>
    public static IReadOnlyDictionary<string, Asset> Load()
    {
        var assembly = typeof(Asset).Assembly;
        return assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(name => Read(assembly, name))
            .ToDictionary(asset => asset.Name);
    }

    private static Asset Read(Assembly assembly, string resource)
    {
        using var stream = assembly.GetManifestResourceStream(resource)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        var name = resource[Prefix.Length..];
        return new Asset(name, TypeOf(name), bytes, $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes)[..8])}\"");
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        var other => throw new InvalidOperationException($"No content type is known for '{other}' of the page's file '{name}'."),
    };
}
