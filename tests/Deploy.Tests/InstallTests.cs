using Pipeline.Deploy.Tests.Support;
using Pipeline.TestControlPlane;

namespace Pipeline.Deploy.Tests;

[Collection(InstalledCollection.Name)]
public class InstallTests(InstalledFixture cluster)
{
    [ControlPlaneFact]
    public void One_apply_installs_everything_on_a_new_cluster()
    {
        Assert.True(cluster.FirstApply.ExitCode == 0, cluster.FirstApply.Error);
        Assert.Equal(
            [
                "clusterrole.rbac.authorization.k8s.io/pipeline",
                "clusterrolebinding.rbac.authorization.k8s.io/pipeline",
                "customresourcedefinition.apiextensions.k8s.io/machineprofiles.pipeline.gpu",
                "customresourcedefinition.apiextensions.k8s.io/noderepairs.pipeline.gpu",
                "customresourcedefinition.apiextensions.k8s.io/projects.pipeline.gpu",
                "customresourcedefinition.apiextensions.k8s.io/reservations.pipeline.gpu",
                "customresourcedefinition.apiextensions.k8s.io/workspaces.pipeline.gpu",
                "deployment.apps/pipeline",
                "namespace/pipeline-system",
                "networkpolicy.networking.k8s.io/pipeline",
                "poddisruptionbudget.policy/pipeline",
                "priorityclass.scheduling.k8s.io/pipeline-system",
                "role.rbac.authorization.k8s.io/pipeline",
                "rolebinding.rbac.authorization.k8s.io/pipeline",
                "service/pipeline",
                "serviceaccount/pipeline",
            ],
            Lines(cluster.FirstApply.Output).Select(line => line.Split(' ')[0]).Where(name => !name.StartsWith("configmap/", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal));
    }

    [ControlPlaneFact]
    public async Task A_second_apply_changes_nothing()
        => Assert.All(Lines(await cluster.Plane.KubectlAsync("apply", "-k", DeployFolder.Path)), line => Assert.EndsWith(" unchanged", line, StringComparison.Ordinal));

    [ControlPlaneFact]
    public async Task The_schemas_are_structural_and_the_names_are_free()
    {
        var definitions = await cluster.Plane.Api.GetAsync("/apis/apiextensions.k8s.io/v1/customresourcedefinitions");
        Assert.Equal(5, definitions["items"]!.AsArray().Count);
        foreach (var definition in definitions["items"]!.AsArray())
        {
            var conditions = definition!["status"]!["conditions"]!.AsArray().ToDictionary(c => (string)c!["type"]!, c => (string)c!["status"]!);
            Assert.Equal("True", conditions["Established"]);
            Assert.Equal("True", conditions["NamesAccepted"]);
            Assert.False(conditions.TryGetValue("NonStructuralSchema", out var broken) && broken == "True");
        }
    }

    [ControlPlaneFact]
    public async Task The_overlay_for_newer_clusters_differs_in_the_version_of_the_budget_alone()
    {
        var own = await cluster.Plane.KubectlAsync("kustomize", DeployFolder.Path);
        var newer = await cluster.Plane.KubectlAsync("kustomize", DeployFolder.File("overlays/policy-v1"));
        Assert.NotEqual(own, newer);
        Assert.Equal(own.Replace("apiVersion: policy/v1beta1", "apiVersion: policy/v1", StringComparison.Ordinal), newer);
    }

    [ControlPlaneTheory]
    [InlineData("-k", "overlays/extender")]
    [InlineData("-f", "samples/workloads")]
    [InlineData("-f", "samples/policy")]
    public async Task What_comes_beside_it_is_taken_by_the_server(string flag, string path)
    {
        var result = await cluster.Plane.RunKubectlAsync(["apply", "--dry-run=server", flag, DeployFolder.File(path)]);
        Assert.True(result.ExitCode == 0, result.Error);
    }

    [ControlPlaneFact]
    public async Task The_service_leads_to_the_ports_of_the_leader()
    {
        var service = await cluster.Plane.Api.GetAsync("/api/v1/namespaces/pipeline-system/services/pipeline");
        var deployment = await cluster.Plane.Api.GetAsync("/apis/apps/v1/namespaces/pipeline-system/deployments/pipeline");
        var pod = deployment["spec"]!["template"]!;
        var ports = pod["spec"]!["containers"]![0]!["ports"]!.AsArray().ToDictionary(port => (string)port!["name"]!, port => (int)port!["containerPort"]!);

        Assert.All(service["spec"]!["ports"]!.AsArray(), port => Assert.Equal((int)port!["port"]!, ports[(string)port["targetPort"]!]));
        var selector = service["spec"]!["selector"]!.AsObject();
        Assert.Equal("leader", (string?)selector["pipeline.gpu/role"]);
        Assert.Equal((string?)pod["metadata"]!["labels"]!["app.kubernetes.io/name"], (string?)selector["app.kubernetes.io/name"]);
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
