namespace Pipeline.EndToEnd.Tests;

/// <summary>What the README tells a reader to run, run as it stands there.</summary>
public sealed class ReadmeTests
{
    private const string Section = "## Schedule something";
    private const string FirstLine = "const grpc = require(";

    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(1);

    [GrpcJsFact]
    public async Task The_program_that_schedules_something_prints_where_it_was_placed()
    {
        using var product = new Product();
        await product.StartAsync();
        var script = Path.Combine(product.Data, "place.js");
        await File.WriteAllTextAsync(script, Program());

        using var node = new ChildProcess("node", [script], new Dictionary<string, string>
        {
            ["PIPELINE"] = $"127.0.0.1:{product.GrpcPort}",
            ["NODE_PATH"] = GrpcJsFactAttribute.Modules,
        }, Repository);
        var exit = await node.WaitForExitAsync(Bound);

        Assert.True(exit == 0, node.Output);
        Assert.Matches(@"^PLACE_OUTCOME_PLACED on gpu-\d{4}, GPUs [0-7],[0-7]\s*$", node.Output);
    }

    /// <summary>The indented block of the section.</summary>
    private static string Program()
    {
        var lines = File.ReadLines(Path.Combine(Repository, "README.md"))
            .SkipWhile(line => line != Section)
            .SkipWhile(line => !line.StartsWith("    " + FirstLine, StringComparison.Ordinal))
            .TakeWhile(line => line.Length == 0 || line.StartsWith("    ", StringComparison.Ordinal))
            .ToList();
        Assert.NotEmpty(lines);
        return string.Join('\n', lines.Select(line => line.TrimStart(' ')));
    }

    private static string Repository
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(folder.FullName, "Pipeline.sln")))
                folder = folder.Parent ?? throw new InvalidOperationException("There is no Pipeline.sln above the tests.");
            return folder.FullName;
        }
    }
}

/// <summary>A <see cref="PeerFactAttribute"/> for a program that uses grpc-js, which tests/peers/install.sh puts beside the repository.</summary>
public sealed class GrpcJsFactAttribute : FactAttribute
{
    public GrpcJsFactAttribute()
    {
        if (Environment.GetEnvironmentVariable("PIPELINE_REQUIRE_PEERS") != "1" && !Directory.Exists(Path.Combine(Modules, "@grpc", "grpc-js")))
            Skip = "grpc-js is not installed; bash tests/run.sh installs it.";
    }

    public static string Modules => Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") ?? Path.Combine(Environment.GetEnvironmentVariable("HOME") ?? "/", ".cache"),
        "pipeline-tests", "grpc-js", "node_modules");
}
