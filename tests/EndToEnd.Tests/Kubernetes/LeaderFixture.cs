using System.Text.Json.Nodes;
using Pipeline.TestControlPlane;

namespace Pipeline.EndToEnd.Tests.Kubernetes;

/// <summary>An API server that records who changed what, with nodes. Each process of the product is a user of its own.</summary>
public sealed class LeaderFixture : ControlPlaneFixture
{
    private const string AuditPolicy = """
        apiVersion: audit.k8s.io/v1
        kind: Policy
        omitStages: [RequestReceived]
        rules:
          - level: None
            verbs: [get, list, watch]
          - level: Metadata
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-leader-").FullName;
    private StandInKubelets? _kubelets;

    public StandInKubelets Kubelets => _kubelets ?? throw new InvalidOperationException("The control plane has not started.");

    protected override ControlPlaneOptions Options
    {
        get
        {
            File.WriteAllText(Path.Combine(_folder, "policy.yaml"), AuditPolicy);
            return new ControlPlaneOptions { ApiServerArguments = [$"--audit-policy-file={Path.Combine(_folder, "policy.yaml")}", $"--audit-log-path={Audit}"] };
        }
    }

    private string Audit => Path.Combine(_folder, "audit.log");

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        if (!ControlPlane.MayStart)
            return;
        await Plane.KubectlAsync("apply", "-f", CustomResources());
        await Plane.KubectlAsync("wait", "--for=condition=Established", "--timeout=60s", "crd/noderepairs.pipeline.gpu");
        _kubelets = StandInKubelets.Start(Plane);
    }

    public override async Task DisposeAsync()
    {
        if (_kubelets is not null)
            await _kubelets.DisposeAsync();
        await base.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static string CustomResources()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Pipeline.sln")))
                return Path.Combine(folder.FullName, "deploy", "crds", "noderepairs.yaml");
        }

        throw new InvalidOperationException($"No Pipeline.sln above {AppContext.BaseDirectory}.");
    }

    /// <summary>What a user asked the API server to change, but for leases: when it arrived, and what it was.</summary>
    public IReadOnlyList<(DateTimeOffset At, string What)> ChangesBy(string user)
    {
        using var file = new FileStream(Audit, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        return
        [
            .. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)
                .Where(entry => (string?)entry["user"]!["username"] == user && (string?)entry["objectRef"]?["resource"] != "leases")
                .Select(entry => (DateTimeOffset.Parse((string)entry["requestReceivedTimestamp"]!, System.Globalization.CultureInfo.InvariantCulture), $"{entry["verb"]} {entry["requestURI"]}")),
        ];
    }
}
