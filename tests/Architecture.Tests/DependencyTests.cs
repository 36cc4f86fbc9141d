namespace Pipeline.Architecture.Tests;

/// <summary>Dependencies run one way; docs/ARCHITECTURE.md draws them.</summary>
public class DependencyTests
{
    public static TheoryData<string, string[]> Allowed => new()
    {
        { "hotpath/Scheduling/Pipeline.Scheduling.csproj", [] },
        { "hotpath/Insight/Pipeline.Insight.csproj", [] },
        { "hotpath/Contracts/Pipeline.Contracts.csproj", [] },
        { "hotpath/Kubernetes/Pipeline.Kubernetes.csproj", [] },
        { "hotpath/Journal/Pipeline.Journal.csproj", [] },
        {
            "hotpath/Service/Pipeline.Hotpath.csproj",
            ["Pipeline.Contracts", "Pipeline.Insight", "Pipeline.Journal", "Pipeline.Kubernetes", "Pipeline.Scheduling"]
        },
        { "functions/Pipeline.Functions.csproj", ["Pipeline.Contracts", "Pipeline.Hotpath", "Pipeline.Journal"] },
    };

    [Theory]
    [MemberData(nameof(Allowed))]
    public void A_project_references_only_what_it_may(string project, string[] allowed)
        => Assert.Empty(Repository.ProjectReferencesOf(project).Except(allowed));

    [Fact]
    public void Every_project_of_the_product_has_a_rule()
    {
        var ruled = Allowed.Select(row => (string)row[0]).ToHashSet();
        var projects = new[] { "functions", "hotpath" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.csproj", SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/'));
        Assert.DoesNotContain(projects, project => !ruled.Contains(project));
    }

    /// <summary>Handlers know the contracts; only the composition root starts the service in the same process.</summary>
    [Fact]
    public void Functions_reach_the_service_only_from_the_composition_root()
    {
        var offenders = Repository.Sources("functions")
            .Where(source => !source.Path.StartsWith("functions/Composition/", StringComparison.Ordinal) && source.Path != "functions/Program.cs")
            .Where(source => source.Text.Contains("Pipeline.Hotpath", StringComparison.Ordinal) || source.Text.Contains("Pipeline.Scheduling", StringComparison.Ordinal))
            .Select(source => source.Path);
        Assert.Empty(offenders);
    }

    /// <summary>Whoever calls a port hears the exceptions of its contract; the election, which is no port, waits its failures out.</summary>
    [Fact]
    public void Nobody_behind_the_ports_knows_how_the_API_server_fails()
    {
        string[] insiders = ["hotpath/Kubernetes/", "hotpath/Service/Cluster/Kubernetes/", "hotpath/Service/Hosting/Election/"];
        var offenders = new[] { "functions", "hotpath" }.SelectMany(Repository.Sources)
            .Where(source => !Array.Exists(insiders, insider => source.Path.StartsWith(insider, StringComparison.Ordinal)))
            .Where(source => source.Text.Contains("KubernetesException", StringComparison.Ordinal))
            .Select(source => source.Path);
        Assert.Empty(offenders);
    }

    [Fact]
    public void Only_the_journal_touches_FASTER()
    {
        var offenders = new[] { "functions", "hotpath" }.SelectMany(Repository.Sources)
            .Where(source => !source.Path.StartsWith("hotpath/Journal/", StringComparison.Ordinal))
            .Where(source => source.Text.Contains("using FASTER", StringComparison.Ordinal) || source.Text.Contains("FASTER.core.", StringComparison.Ordinal))
            .Select(source => source.Path);
        Assert.Empty(offenders);
    }
}
