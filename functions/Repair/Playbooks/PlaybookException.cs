using Pipeline.Functions.Yaml;

namespace Pipeline.Functions.Repair.Playbooks;

/// <summary>The playbooks cannot be used; the message has one line for each mistake.</summary>
public sealed class PlaybookException(IReadOnlyList<FileError> errors)
    : Exception($"The playbooks have {errors.Count} error(s):{string.Concat(errors.Select(e => $"{Environment.NewLine}  {e}"))}")
{
    public IReadOnlyList<FileError> Errors { get; } = errors;
}
