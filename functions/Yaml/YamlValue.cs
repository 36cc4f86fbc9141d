namespace Pipeline.Functions.Yaml;

/// <summary>A YAML value that knows its line and, unlike the library's own tree, keeps repeated keys for the error list.</summary>
internal abstract record YamlValue(int Line);

/// <param name="Plain">Without quotes, so it may stand for a number.</param>
internal sealed record YamlText(string Text, bool Plain, int Line) : YamlValue(Line);

internal sealed record YamlList(IReadOnlyList<YamlValue> Items, int Line) : YamlValue(Line);

internal sealed record YamlMap(IReadOnlyList<YamlEntry> Entries, int Line) : YamlValue(Line);

internal readonly record struct YamlEntry(string Key, YamlValue Value, int Line);
