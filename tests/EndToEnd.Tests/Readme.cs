using Pipeline.TestControlPlane;

namespace Pipeline.EndToEnd.Tests;

/// <summary>The indented lines of the README.</summary>
internal static class Readme
{
    private const string Indent = "    ";

    /// <summary>From the line of the section that begins so to the next line of prose.</summary>
    public static string Program(string section, string start)
    {
        var lines = File.ReadLines(Path.Combine(Checkout.Root, "README.md"))
            .SkipWhile(line => line != section).Skip(1)
            .TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))
            .SkipWhile(line => !line.StartsWith(Indent + start, StringComparison.Ordinal))
            .TakeWhile(line => line.Length == 0 || line.StartsWith(Indent, StringComparison.Ordinal))
            .Select(line => line.Length == 0 ? line : line[Indent.Length..])
            .ToList();
        Assert.NotEmpty(lines);
        return string.Join('\n', lines);
    }

    /// <summary>From the line of the section that begins so to the next blank one.</summary>
    public static string Paragraph(string section, string start) => Program(section, start).Split("\n\n")[0].TrimEnd();
}
