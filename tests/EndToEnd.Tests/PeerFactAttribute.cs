namespace Pipeline.EndToEnd.Tests;

/// <summary>
/// A test that needs a real program on the machine. Without it the test is skipped with the reason, unless the test command
/// (which installs the peers) asks for all of them: then it runs and fails.
/// </summary>
public sealed class PeerFactAttribute : FactAttribute
{
    public PeerFactAttribute(string program)
    {
        if (Environment.GetEnvironmentVariable("PIPELINE_REQUIRE_PEERS") != "1" && !OnPath(program))
            Skip = $"{program} is not installed; bash tests/run.sh installs it.";
    }

    private static bool OnPath(string program)
        => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Any(folder => File.Exists(Path.Combine(folder, program)));
}
