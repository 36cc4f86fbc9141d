using System.Text.Json.Nodes;
using Pipeline.Contracts.V1;
using Pipeline.KubernetesCluster.Tests.Support;
using Pipeline.TestControlPlane;

namespace Pipeline.KubernetesCluster.Tests;

/// <summary>Workspaces, Projects and MachineProfiles are the policy, and kubectl shows what has become of them.</summary>
[Collection(nameof(InstalledFixture))]
public sealed class DeclaredPolicyTests(InstalledFixture fixture)
{
    private const string Root = "/apis/pipeline.gpu/v1alpha1";

    [ControlPlaneFact]
    public async Task The_samples_are_in_force_and_say_so()
    {
        await fixture.Plane.KubectlAsync("apply", "-f", Path.Combine(Checkout.Root, "deploy/samples/policy/team.yaml"));
        await using var world = await World.StartAsync(fixture, "samples", setPolicy: service => service.Scheduler.SetSchedulingPolicyAsync(new SetSchedulingPolicyRequest { Policy = Policy("file-samples") }));

        // Before anything was waited for: no moment was judged by the file alone.
        Assert.Equal(["file-samples", "llm"], world.Snapshot.Policy.Projects.Select(project => project.Name).Intersect(["file-samples", "llm"]).Order());
        var llm = world.Snapshot.Policy.Projects.Single(project => project.Name == "llm");
        Assert.True(llm.MayBeUrgent);
        Assert.Equal((64_000, 8_000, -1), (llm.QuotaFor("H100")!.Reserved, llm.QuotaFor("H100")!.OnDemand, llm.QuotaFor("H100")!.Spot));
        Assert.Equal(500, llm.QuotaFor("A100")!.OnDemand);
        var profile = world.Snapshot.Policy.Profiles.Single(profile => profile.Name == "h100-4");
        Assert.Equal((4, 48_000, 512 << 10, "H100"), (profile.GpuCount, profile.CpuMilli, profile.MemoryMib, profile.Group));
        await AcceptedAsync("projects", "llm", "True");
        await AcceptedAsync("machineprofiles", "h100-4", "True");
        await AcceptedAsync("workspaces", "ai-platform", "True");
        await World.UntilAsync("the number of projects", async () => (await fixture.Plane.KubectlAsync("get", "ws", "ai-platform")).Split('\n')[1].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1] == "1");
        await DeleteAsync("projects", "llm");
        await World.UntilAsync("the end of the project", () => Task.FromResult(!HasProject(world, "llm")));
    }

    [ControlPlaneFact]
    public async Task A_bad_object_leaves_the_others_in_force_and_the_last_good_version_of_itself()
    {
        await ApplyAsync("workspaces", "bad", "{}");
        await ApplyAsync("projects", "bad-one", Project("bad", 4));
        await using var world = await World.StartAsync(fixture, "badobject");
        await ApplyAsync("projects", "bad-one", Project("elsewhere", 5));
        await ApplyAsync("projects", "bad-other", Project("bad", 6));

        await World.UntilAsync("the other project", () => Task.FromResult(HasProject(world, "bad-other")));
        var condition = await AcceptedAsync("projects", "bad-one", "False");
        Assert.Contains("spec.workspace: there is no Workspace 'elsewhere'", (string?)condition["message"]);
        Assert.Equal(2, (int)condition["observedGeneration"]!);
        Assert.Equal(4_000, Reserved(world, "bad-one"));
        Assert.Equal(6_000, Reserved(world, "bad-other"));
        var row = (await fixture.Plane.KubectlAsync("get", "projects", "bad-one")).Split('\n')[1];
        Assert.Contains("spec.workspace", row);

        await ApplyAsync("workspaces", "elsewhere", "{}");
        await AcceptedAsync("projects", "bad-one", "True");
        Assert.Equal(5_000, Reserved(world, "bad-one"));
        await DeleteAsync("projects", "bad-one");
        await World.UntilAsync("the end of the project", () => Task.FromResult(!HasProject(world, "bad-one")));
        Assert.True(HasProject(world, "bad-other"));
        await DeleteAsync("projects", "bad-other");
    }

    [ControlPlaneFact]
    public async Task An_object_goes_over_the_entry_of_the_file_and_gives_it_back()
    {
        var data = Directory.CreateTempSubdirectory("pipeline-k8s-").FullName;
        await ApplyAsync("workspaces", "over", "{}");
        await ApplyAsync("projects", "over-both", Project("over", 7));
        await using (var world = await World.StartAsync(fixture, "over", data, setPolicy: service => service.Scheduler.SetSchedulingPolicyAsync(new SetSchedulingPolicyRequest { Policy = Policy("over-both") })))
        {
            Assert.Equal(7_000, Reserved(world, "over-both"));
            Assert.Contains("policy file", (string?)(await AcceptedAsync("projects", "over-both", "True"))["message"]);
            Assert.True((await world.Service.Scheduler.SetSchedulingPolicyAsync(new SetSchedulingPolicyRequest { Policy = Policy("over-both", "over-put") })).Changed);
            Assert.Equal((7_000, 1_000), (Reserved(world, "over-both"), Reserved(world, "over-put")));
        }

        // Deleted while nobody watches, and without a file at the start.
        await DeleteAsync("projects", "over-both");
        await using (var again = await World.StartAsync(fixture, "over", data, create: false))
            Assert.Equal((1_000, 1_000), (Reserved(again, "over-both"), Reserved(again, "over-put")));
        Directory.Delete(data, recursive: true);
    }

    [ControlPlaneFact]
    public async Task The_columns_show_what_a_project_uses()
    {
        var node = (await fixture.Kubelets.AddNodesAsync(1, new NodeTemplate { Prefix = "use-", Group = "use", GroupLabel = "pipeline.gpu/group" }))[0];
        await ApplyAsync("workspaces", "use", "{}");
        await ApplyAsync("projects", "use-project", """{ "workspace": "use", "quotas": { "use": { "reserved": 4 } } }""");
        await using var world = await World.StartAsync(fixture, "use");
        var labels = new Dictionary<string, string> { ["pipeline.gpu/project"] = "use-project", ["pipeline.gpu/provisioning"] = "reserved" };
        await world.CreateAsync(Manifests.Pod("p", 3, labels: labels, spec: spec => spec["nodeSelector"] = new JsonObject { ["pipeline.gpu/group"] = "use" }));

        await World.UntilAsync("the pod on its node", async () => await world.NodeOfAsync("p") == node);
        await World.UntilAsync(
            "the columns", async () => Row(await fixture.Plane.KubectlAsync("get", "projects", "use-project")).SequenceEqual(["use-project", "use", "false", "3", "0", "3/4", "True"]),
            () => fixture.Plane.KubectlAsync("get", "projects").GetAwaiter().GetResult());
        var usage = (await fixture.Plane.Api.GetAsync($"{Root}/projects/use-project"))["status"]!["usage"]!.AsArray();
        Assert.Contains(usage, row => JsonNode.DeepEquals(row, JsonNode.Parse("""{ "group": "use", "kind": "reserved", "used": "3", "quota": "4" }""")));
        await world.DeleteAsync("p");
        await DeleteAsync("projects", "use-project");

        static IEnumerable<string> Row(string table) => table.Split('\n')[1].Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(7);
    }

    [ControlPlaneFact]
    public async Task A_pod_that_picks_a_profile_says_that_there_is_none_and_is_placed_by_it_when_there_is()
    {
        var template = new NodeTemplate { Prefix = "shape-", Group = "shape", GroupLabel = "pipeline.gpu/group" };
        var node = (await fixture.Kubelets.AddNodesAsync(1, template))[0];
        await ApplyAsync("workspaces", "shape", "{}");
        await ApplyAsync("projects", "shape-project", """{ "workspace": "shape", "quotas": { "shape": { "reserved": 4 } } }""");
        await using var world = await World.StartAsync(fixture, "shape");
        var labels = new Dictionary<string, string>
        {
            ["pipeline.gpu/project"] = "shape-project",
            ["pipeline.gpu/provisioning"] = "reserved",
            ["pipeline.gpu/profile"] = "shape-2",
        };
        await world.CreateAsync(Manifests.Pod("p", 2, labels: labels));
        await World.UntilAsync("the reason", async () => (await world.PodAsync("p"))?["status"]?["conditions"]?.AsArray()
            .Any(condition => ((string?)condition!["message"])?.StartsWith("there is no machine profile 'shape-2'; the policy has", StringComparison.Ordinal) == true) == true);

        await ApplyAsync("machineprofiles", "shape-2", """{ "gpus": 2, "cpu": 24, "memory": "200Gi", "group": "shape" }""");

        await World.UntilAsync("the pod on its node", async () => await world.NodeOfAsync("p") == node);
        await World.UntilAsync("the profile's share of the node", () => Task.FromResult(
            world.Snapshot.Workloads().Any(workload => workload.Name == "shape/p" && (workload.CpuMilli, workload.MemoryMib) == (24_000, 200 << 10))));
        await world.DeleteAsync("p");
        await DeleteAsync("machineprofiles", "shape-2");
        await DeleteAsync("projects", "shape-project");
    }

    private static bool HasProject(World world, string name) => world.Snapshot.Policy.Projects.Any(project => project.Name == name);

    private static long Reserved(World world, string name) => world.Snapshot.Policy.Projects.Single(project => project.Name == name).QuotaFor("h100")!.Reserved;

    private static string Project(string workspace, int reserved) => $$"""{ "workspace": "{{workspace}}", "quotas": { "h100": { "reserved": {{reserved}} } } }""";

    private static SchedulingPolicy Policy(params string[] projects)
    {
        var policy = new SchedulingPolicy();
        policy.Projects.AddRange(projects.Select(name => new Project { Name = name, Workspace = "w", Quotas = { new Quota { Group = "*", Reserved = 1_000 } } }));
        return policy;
    }

    private async Task<JsonNode> AcceptedAsync(string plural, string name, string status)
    {
        JsonNode? condition = null;
        await World.UntilAsync($"Accepted={status} of {name}", async () =>
        {
            var item = await fixture.Plane.Api.GetAsync($"{Root}/{plural}/{name}");
            condition = item["status"]?["conditions"]?.AsArray().SingleOrDefault(condition => (string?)condition!["type"] == "Accepted");
            return (string?)condition?["status"] == status && (long?)condition["observedGeneration"] == (long?)item["metadata"]!["generation"];
        }, () => condition?.ToJsonString() ?? "no condition");
        return condition!;
    }

    private async Task ApplyAsync(string plural, string name, string spec)
    {
        var kind = plural switch { "workspaces" => "Workspace", "projects" => "Project", _ => "MachineProfile" };
        var item = $$"""{ "apiVersion": "pipeline.gpu/v1alpha1", "kind": "{{kind}}", "metadata": { "name": "{{name}}" }, "spec": {{spec}} }""";
        var applied = await fixture.Plane.RunKubectlAsync(["apply", "-f", "-"], item);
        Assert.True(applied.ExitCode == 0, applied.Error);
    }

    private Task DeleteAsync(string plural, string name) => fixture.Plane.KubectlAsync("delete", plural, name);
}
