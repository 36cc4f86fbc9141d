namespace Pipeline.Functions.Hosting.Settings;

/// <summary>The function app cannot start as it is configured. Each error names file and field.</summary>
public sealed class FunctionAppException(IReadOnlyList<string> errors)
    : Exception("The function app cannot start:" + string.Concat(errors.Select(e => Environment.NewLine + "  " + e)))
{
    public IReadOnlyList<string> Errors { get; } = errors;
}
