namespace Pipeline.Functions.Policy;

public sealed class PolicyOptions
{
    /// <summary>The scheduling policy that is in force from the start on.</summary>
    /// <value>
    /// Default: none; the policy of the last run stays in force, at first the defaults. A relative path starts at the working directory.
    /// </value>
    public string? File { get; init; }

    /// <summary>A file that says what the defaults are, to begin from.</summary>
    public static string Shipped => Path.Combine(AppContext.BaseDirectory, "Policy", "scheduling.yaml");

    /// <summary>Reads <c>Scheduling:PolicyFile</c>.</summary>
    public static PolicyOptions From(IConfiguration configuration) =>
        configuration["Scheduling:PolicyFile"] is { Length: > 0 } file ? new() { File = Path.GetFullPath(file) } : new();
}
