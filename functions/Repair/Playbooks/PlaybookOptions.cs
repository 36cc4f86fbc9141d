namespace Pipeline.Functions.Repair.Playbooks;

public sealed class PlaybookOptions
{
    /// <summary>Folder with <c>taxonomy.yaml</c>, <c>guard.yaml</c> and one file for each fault class.</summary>
    /// <value>Default: <c>Repair/Playbooks</c> beside the executable. A relative path starts at the working directory.</value>
    public string Directory { get; init; } = Shipped;

    public static string Shipped => Path.Combine(AppContext.BaseDirectory, "Repair", "Playbooks");

    /// <summary>Reads <c>Playbooks:Directory</c>.</summary>
    public static PlaybookOptions From(IConfiguration configuration) =>
        configuration["Playbooks:Directory"] is { Length: > 0 } directory ? new() { Directory = Path.GetFullPath(directory) } : new();
}
