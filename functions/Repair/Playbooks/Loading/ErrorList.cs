namespace Pipeline.Functions.Repair.Playbooks.Loading;

/// <summary>Collects mistakes, so that an operator sees all of them at once.</summary>
internal sealed class ErrorList
{
    private readonly List<PlaybookError> _errors = [];

    public void Add(string file, int line, string field, string message) => _errors.Add(new(file, line, field, message));

    public void ThrowIfAny()
    {
        if (_errors.Count > 0)
            throw new PlaybookException([.. _errors.OrderBy(e => e.File, StringComparer.Ordinal).ThenBy(e => e.Line)]);
    }
}
