using System.Globalization;

namespace Pipeline.Functions.Yaml;

/// <summary>
/// Reads the fields of one mapping. Every method adds an error and gives a harmless value when the field is missing or wrong,
/// so that reading goes on; <see cref="End"/> reports the fields that nobody asked for.
/// </summary>
internal sealed class Fields
{
    private static readonly Dictionary<string, bool> Flags = new(StringComparer.Ordinal) { ["true"] = true, ["false"] = false };

    private readonly string _file;
    private readonly string _path;
    private readonly YamlMap _map;
    private readonly ErrorList _errors;
    private readonly Dictionary<string, YamlEntry> _entries = new(StringComparer.Ordinal);
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    public Fields(string file, string path, YamlMap map, ErrorList errors)
    {
        (_file, _path, _map, _errors) = (file, path, map, errors);
        foreach (var entry in map.Entries)
        {
            if (!_entries.TryAdd(entry.Key, entry))
                Error(entry.Line, entry.Key, $"is given twice, first in line {_entries[entry.Key].Line}");
        }
    }

    public string File => _file;

    public int Line => _map.Line;

    public IEnumerable<string> Names => _entries.Keys;

    public bool Has(string name) => _entries.ContainsKey(name);

    public bool IsEmptyList(string name) => _entries.TryGetValue(name, out var entry) && entry.Value is YamlList { Items: [] };

    public int LineOf(string name) => _entries.TryGetValue(name, out var entry) ? entry.Line : Line;

    /// <param name="name">Empty: what holds the fields is wrong.</param>
    public void Error(string name, string message) => Error(LineOf(name), name, message);

    /// <summary>Not empty. Null: missing or wrong, and reported if <paramref name="required"/> or wrong.</summary>
    public string? Text(string name, bool required = true)
    {
        if (Take(name, required) is not { } value)
            return null;
        if (value is YamlText { Text.Length: > 0 } text)
            return text.Text;
        Error(value.Line, name, "must be a text that is not empty");
        return null;
    }

    /// <summary>A whole number from <paramref name="min"/> to <paramref name="max"/>; null as default makes the field required.</summary>
    public int Number(string name, int min, int max, int? fallback = null)
    {
        if (Take(name, fallback is null) is not { } value)
            return fallback ?? min;
        if (value is not YamlText { Plain: true } text
            || !int.TryParse(text.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            Error(value.Line, name, "must be a whole number");
        else if (number < min || number > max)
            Error(value.Line, name, $"must be {min} to {max}, is {number}");
        else
            return number;
        return fallback ?? min;
    }

    /// <summary>Milliseconds; null as default makes the field required.</summary>
    public long Duration(string name, long min, long max, long? fallback = null) => Amount(name, Durations.Notation, min, max, fallback);

    /// <summary>An amount with its unit, as <paramref name="notation"/> writes it; null as default makes the field required.</summary>
    public long Amount(string name, Notation notation, long min, long max, long? fallback = null)
    {
        if (Take(name, fallback is null) is not { } value)
            return fallback ?? min;
        if (value is not YamlText text || !notation.TryParse(text.Text, out var amount))
            Error(value.Line, name, $"must be {notation.Expected}");
        else if (amount < min || amount > max)
            Error(value.Line, name, $"must be {notation.Text(min)} to {notation.Text(max)}, is {text.Text}");
        else
            return amount;
        return fallback ?? min;
    }

    public bool Flag(string name, bool fallback) => Choice(name, Flags, fallback);

    /// <summary>One of the words of <paramref name="choices"/>; null as default makes the field required.</summary>
    public T Choice<T>(string name, IReadOnlyDictionary<string, T> choices, T? fallback = null)
        where T : struct
    {
        if (Take(name, fallback is null) is not { } value)
            return fallback ?? default;
        if (value is YamlText text && choices.TryGetValue(text.Text, out var choice))
            return choice;
        Error(value.Line, name, $"must be one of {string.Join(", ", choices.Keys)}{(value is YamlText wrong ? $", is \"{wrong.Text}\"" : "")}");
        return fallback ?? default;
    }

    public Fields? Map(string name, bool required = true)
    {
        if (Take(name, required) is not { } value)
            return null;
        if (value is YamlMap map)
            return new(_file, Path(name), map, _errors);
        Error(value.Line, name, "must hold fields (name: value)");
        return null;
    }

    /// <summary>The fields of a mapping; none when it is left out, so that each has its default.</summary>
    public Fields Section(string name) => Map(name, required: false) ?? new Fields(_file, Path(name), new YamlMap([], LineOf(name)), _errors);

    /// <summary>The fields of each entry of a mapping whose keys are names that the operator chose.</summary>
    public IEnumerable<(string Name, Fields Fields)> Named(string name, bool required = true)
    {
        if (Map(name, required) is not { } named)
            yield break;
        foreach (var key in named.Names)
        {
            if (named.Map(key) is { } fields)
                yield return (key, fields);
        }
    }

    /// <summary>The fields of each item of a list of mappings.</summary>
    public IEnumerable<Fields> Maps(string name, bool required = true)
    {
        foreach (var (index, item) in List(name, required).Index())
        {
            var place = $"{name}[{index}]";
            if (item is YamlMap map)
                yield return new(_file, Path(place), map, _errors);
            else
                Error(item.Line, place, "must hold fields (name: value)");
        }
    }

    /// <summary>A list of texts, none of them empty.</summary>
    public IReadOnlyList<string> Texts(string name, bool required = true)
    {
        var texts = new List<string>();
        foreach (var (index, item) in List(name, required).Index())
        {
            if (item is YamlText { Text.Length: > 0 } text)
                texts.Add(text.Text);
            else
                Error(item.Line, $"{name}[{index}]", "must be a text that is not empty");
        }

        return texts;
    }

    public IReadOnlyList<YamlValue> List(string name, bool required = true)
    {
        if (Take(name, required) is not { } value)
            return [];
        if (value is YamlList list)
            return list.Items;
        Error(value.Line, name, "must be a list");
        return [];
    }

    /// <summary>Reports every field that was not asked for.</summary>
    public void End()
    {
        foreach (var entry in _map.Entries.Where(entry => !_asked.Contains(entry.Key)))
            Error(entry.Line, entry.Key, $"is unknown; known here: {string.Join(", ", _asked.Order(StringComparer.Ordinal))}");
    }

    private YamlValue? Take(string name, bool required)
    {
        _asked.Add(name);
        if (_entries.TryGetValue(name, out var entry))
            return entry.Value;
        if (required)
            Error(Line, name, "is missing");
        return null;
    }

    private void Error(int line, string name, string message) => _errors.Add(_file, line, Path(name), message);

    private string Path(string name) => _path.Length == 0 ? name : name.Length == 0 ? _path : $"{_path}.{name}";
}
