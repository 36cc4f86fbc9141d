using System.Text.Json.Nodes;
using Pipeline.TestControlPlane;

namespace Pipeline.EndToEnd.Tests.Kubernetes;

/// <summary>
/// An API server that records who changed what, with nodes. Each process of the product is a user of its own, with the rights of the
/// product's ServiceAccount.
/// </summary>
public sealed class LeaderFixture : ControlPlaneFixture
{
    /// <summary>Whoever is in it has the product's rights everywhere, and in <see cref="GrantAsync">its namespace</see>.</summary>
    public const string Group = "replicas";

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
        await ProductRights.InstallAsync(Plane);
        await Plane.KubectlAsync("create", "clusterrolebinding", Group, "--clusterrole=pipeline", $"--group={Group}");
        await Plane.KubectlAsync("apply", "-f", Path.Combine(Checkout.Root, "deploy", "crds", "noderepairs.yaml"));
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

    /// <summary>Makes a namespace that is to the processes what <c>pipeline-system</c> is to those that are deployed.</summary>
    public async Task GrantAsync(string space)
    {
        await Plane.KubectlAsync("create", "namespace", space);
        var role = await File.ReadAllTextAsync(Path.Combine(Checkout.Root, "deploy", "base", "role.yaml"));
        var applied = await Plane.RunKubectlAsync(["apply", "-f", "-"], role.Replace("namespace: pipeline-system", $"namespace: {space}", StringComparison.Ordinal));
        if (applied.ExitCode != 0)
            throw new InvalidOperationException(applied.Error);
        await Plane.KubectlAsync("create", "rolebinding", Group, "-n", space, "--role=pipeline", $"--group={Group}");
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
