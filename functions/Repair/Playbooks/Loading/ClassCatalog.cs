using Pipeline.Contracts.V1;
using Pipeline.Functions.Yaml;

namespace Pipeline.Functions.Repair.Playbooks.Loading;

/// <summary>Fault classes by name, those of files with errors included, so that one mistake is not reported again at every mention.</summary>
internal sealed class ClassCatalog
{
    private readonly Dictionary<string, (FaultClass Class, string File)> _classes = new(StringComparer.Ordinal);

    public IEnumerable<FaultClass> Usable => _classes.Values.Select(entry => entry.Class);

    public void Add(FaultClass found, Fields fields)
    {
        if (!_classes.TryAdd(found.Name, (found, fields.File)))
            fields.Error("class", $"\"{found.Name}\" is already in {_classes[found.Name].File}");
    }

    public bool Has(string name) => _classes.ContainsKey(name);

    public bool OnlyRecords(string name) => _classes.TryGetValue(name, out var entry) && entry.Class.Repeats == 0;

    /// <summary>The class that a field names; empty after an error was added.</summary>
    public string Named(Fields fields, string field)
    {
        if (fields.Text(field) is not { } name)
            return "";
        if (Has(name))
            return name;
        fields.Error(field, $"there is no class \"{name}\"");
        return "";
    }
}
