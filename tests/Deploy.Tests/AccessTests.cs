using System.Text.RegularExpressions;
using Pipeline.Deploy.Tests.Support;
using Pipeline.TestControlPlane;

namespace Pipeline.Deploy.Tests;

/// <summary>The rights of the ServiceAccount, all of them and no other.</summary>
[Collection(InstalledCollection.Name)]
public partial class AccessTests(InstalledFixture cluster)
{
    private const string User = "system:serviceaccount:pipeline-system:pipeline";

    private static readonly string[] Everywhere =
    [
        "csinodes.storage.k8s.io [] list watch",
        "events [] create get update",
        "hypernodes.topology.volcano.sh [] list watch",
        "machineprofiles.pipeline.gpu [] list watch",
        "machineprofiles.pipeline.gpu/status [] patch",
        "noderepairs.pipeline.gpu [] create delete list patch watch",
        "noderepairs.pipeline.gpu/status [] patch",
        "nodes [] get list patch watch",
        "persistentvolumeclaims [] list patch watch",
        "persistentvolumes [] list patch watch",
        "poddisruptionbudgets.policy [] list watch",
        "podgroups.scheduling.volcano.sh [] list watch",
        "pods [] get list watch",
        "pods/binding [] create",
        "pods/eviction [] create",
        "pods/status [] patch",
        "projects.pipeline.gpu [] list watch",
        "projects.pipeline.gpu/status [] patch",
        "reservations.pipeline.gpu [] list watch",
        "reservations.pipeline.gpu/status [] patch",
        // Every account may ask what it may do.
        "selfsubjectaccessreviews.authorization.k8s.io [] create",
        "selfsubjectrulesreviews.authorization.k8s.io [] create",
        "storageclasses.storage.k8s.io [] list watch",
        "workspaces.pipeline.gpu [] list watch",
        "workspaces.pipeline.gpu/status [] patch",
    ];

    private static readonly string[] InItsNamespace =
    [
        .. Everywhere.Where(rule => !rule.StartsWith("pods [] ", StringComparison.Ordinal)),
        "leases.coordination.k8s.io [] create",
        "leases.coordination.k8s.io [pipeline] get update",
        "pods [] create delete get list patch watch",
    ];

    [ControlPlaneFact]
    public async Task It_may_do_this_and_nothing_else()
    {
        Assert.Equal(Everywhere.Order(StringComparer.Ordinal), await RulesAsync("default"));
        Assert.Equal(InItsNamespace.Order(StringComparer.Ordinal), await RulesAsync("pipeline-system"));
    }

    [ControlPlaneTheory]
    [InlineData("get", "secrets", "pipeline-system")]
    [InlineData("get", "configmaps", "pipeline-system")]
    [InlineData("delete", "pods", "default")]
    [InlineData("patch", "pods", "default")]
    [InlineData("create", "pods", "default")]
    [InlineData("update", "pods", "pipeline-system")]
    [InlineData("update", "nodes", null)]
    [InlineData("create", "persistentvolumes", null)]
    [InlineData("delete", "persistentvolumes", null)]
    [InlineData("delete", "persistentvolumeclaims", "default")]
    [InlineData("delete", "nodes", null)]
    [InlineData("patch", "nodes --subresource=status", null)]
    [InlineData("delete", "noderepairs.pipeline.gpu --subresource=status", null)]
    [InlineData("get", "leases/kube-scheduler", "kube-system")]
    [InlineData("update", "leases/other", "pipeline-system")]
    [InlineData("patch", "projects.pipeline.gpu", null)]
    [InlineData("delete", "reservations.pipeline.gpu", null)]
    [InlineData("create", "customresourcedefinitions", null)]
    [InlineData("create", "clusterrolebindings", null)]
    [InlineData("impersonate", "users", null)]
    public async Task What_it_has_no_use_for_is_forbidden(string verb, string resource, string? space)
    {
        string[] scope = space is null ? [] : ["-n", space];
        var answer = await cluster.Plane.RunKubectlAsync(["auth", "can-i", verb, .. resource.Split(' '), .. scope, "--as", User]);
        Assert.Equal("no", answer.Output.Trim());
    }

    [ControlPlaneFact]
    public async Task The_server_enforces_it_for_the_token_of_the_account()
    {
        var kubeconfig = await ProductRights.KubeconfigAsync(cluster.Plane);

        var allowed = await cluster.Plane.RunKubectlAsync(["get", "nodes,pods,noderepairs", "-A"], kubeconfig: kubeconfig);
        Assert.True(allowed.ExitCode == 0, allowed.Error);
        var refused = await cluster.Plane.RunKubectlAsync(["get", "secrets", "-A"], kubeconfig: kubeconfig);
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains($"User \"{User}\" cannot list resource \"secrets\"", refused.Error, StringComparison.Ordinal);
    }

    /// <summary>A line a resource: name, names of single objects, verbs in order.</summary>
    private async Task<IEnumerable<string>> RulesAsync(string space)
    {
        var list = await cluster.Plane.KubectlAsync("auth", "can-i", "--list", "-n", space, "--as", User);
        return list.Split('\n').Select(line => Rule().Match(line)).Where(match => match.Success)
            .GroupBy(match => $"{match.Groups["resource"].Value} [{match.Groups["names"].Value}]", match => match.Groups["verbs"].Value.Split(' '))
            .Select(rule => $"{rule.Key} {string.Join(' ', rule.SelectMany(verbs => verbs).Distinct().Order(StringComparer.Ordinal))}")
            .Order(StringComparer.Ordinal);
    }

    // RESOURCE [non-resource URLs: none] [names] [verbs]
    [GeneratedRegex(@"^(?<resource>\S+)\s+\[\]\s+\[(?<names>[^]]*)\]\s+\[(?<verbs>[^]]+)\]\s*$")]
    private static partial Regex Rule();
}
