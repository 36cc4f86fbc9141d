namespace Pipeline.Functions.Yaml;

/// <summary>One mistake in a file of an operator.</summary>
/// <param name="File">Name of the file, without its folder.</param>
/// <param name="Line">Counted from 1.</param>
/// <param name="Field">Path of the field, such as <c>ladder[1].deadline</c>; empty for the file as a whole.</param>
public sealed record FileError(string File, int Line, string Field, string Message)
{
    public override string ToString() => Field.Length == 0 ? $"{File}:{Line}: {Message}" : $"{File}:{Line}: {Field}: {Message}";
}
