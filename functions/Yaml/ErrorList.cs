namespace Pipeline.Functions.Yaml;

/// <summary>Collects mistakes, so that an operator sees all of them at once.</summary>
internal sealed class ErrorList
{
    private readonly List<FileError> _errors = [];

    public bool IsEmpty => _errors.Count == 0;

    public void Add(string file, int line, string field, string message) => _errors.Add(new(file, line, field, message));

    /// <summary>In the order of files and lines.</summary>
    public IReadOnlyList<FileError> Sorted() => [.. _errors.OrderBy(e => e.File, StringComparer.Ordinal).ThenBy(e => e.Line)];
}
