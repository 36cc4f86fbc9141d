namespace Pipeline.TestDoubles.Jira;

/// <summary>States and the ways between them; ids differ from state to state, as in Jira.</summary>
internal static class JiraWorkflow
{
    public const string First = "To Do";

    private static readonly Dictionary<string, (string Id, string Name, string To)[]> Ways = new()
    {
        ["To Do"] = [("11", "Start work", "In Progress"), ("31", "Done", "Done")],
        ["In Progress"] = [("21", "Stop work", "To Do"), ("41", "Done", "Done")],
        ["Done"] = [("51", "Reopen", "To Do")],
    };

    public static IReadOnlyList<(string Id, string Name, string To)> From(string status) => Ways[status];

    public static string Category(string status) => status switch
    {
        "Done" => "done",
        "In Progress" => "indeterminate",
        _ => "new",
    };
}
