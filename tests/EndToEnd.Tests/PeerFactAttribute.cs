namespace Pipeline.EndToEnd.Tests;

/// <summary>
/// A test that needs real programs on the machine. Without them the test is skipped with the reason, unless the test command
/// (which installs the peers) asks for all of them: then it runs and fails.
/// </summary>
public sealed class PeerFactAttribute : FactAttribute
{
    public PeerFactAttribute(params string[] programs)
    {
        if (Environment.GetEnvironmentVariable("PIPELINE_REQUIRE_PEERS") != "1" && Array.Find(programs, program => !OnPath(program)) is { } missing)
            Skip = $"{missing} is not installed; bash tests/run.sh installs it.";
    }

    private static bool OnPath(string program)
        => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Any(folder => File.Exists(Path.Combine(folder, program)));
}
