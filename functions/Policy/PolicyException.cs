using Pipeline.Functions.Yaml;

namespace Pipeline.Functions.Policy;

/// <summary>The scheduling policy cannot be used; the message has one line for each mistake.</summary>
public sealed class PolicyException(IReadOnlyList<FileError> errors)
    : Exception($"The scheduling policy has {errors.Count} error(s):{string.Concat(errors.Select(e => $"{Environment.NewLine}  {e}"))}")
{
    public IReadOnlyList<FileError> Errors { get; } = errors;
}
