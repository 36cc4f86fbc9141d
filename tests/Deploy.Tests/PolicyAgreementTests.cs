using System.Text.Json.Nodes;
using Pipeline.Deploy.Tests.Support;
using Pipeline.Functions.Policy;
using Pipeline.TestControlPlane;

namespace Pipeline.Deploy.Tests;

/// <summary>The policy file and the objects take the same fields, and end at the same numbers.</summary>
[Collection(InstalledCollection.Name)]
public class PolicyAgreementTests(InstalledFixture cluster)
{
    [ControlPlaneTheory]
    [InlineData("reserved", "0", true)]
    [InlineData("reserved", "1099511627", true)]
    [InlineData("reserved", "1099511628", false)]
    [InlineData("reserved", "-1", false)]
    [InlineData("reserved", "\"0.125\"", true)]
    [InlineData("reserved", "\"0.1255\"", false)]
    [InlineData("reserved", "\"unlimited\"", false)]
    [InlineData("onDemand", "1099511627", true)]
    [InlineData("onDemand", "1099511628", false)]
    [InlineData("onDemand", "\"unlimited\"", true)]
    [InlineData("spot", "1099511628", false)]
    [InlineData("spot", "\"8.5\"", true)]
    [InlineData("spot", "\"unlimited\"", true)]
    [InlineData("spot", "\"none\"", false)]
    public async Task A_quota_is_good_for_both_or_for_neither(string field, string value, bool good)
    {
        var spec = $$"""{ "mayBeUrgent": true, "quotas": { "*": { "{{field}}": {{value}} } } }""";
        await AssertSameAsync("projects", $$"""{ "workspaces": { "w": { "projects": { "p": {{spec}} } } } }""", With(spec, "workspace", "w"), good);
    }

    [ControlPlaneTheory]
    [InlineData("gpus", "0", true)]
    [InlineData("gpus", "16", true)]
    [InlineData("gpus", "17", false)]
    [InlineData("gpus", "-1", false)]
    [InlineData("gpus", "\"0.001\"", true)]
    [InlineData("gpus", "\"0.0001\"", false)]
    [InlineData("gpus", "\"1.0\"", true)]
    [InlineData("gpus", "\"1.5\"", false)]
    [InlineData("gpus", "\"16\"", true)]
    [InlineData("gpus", "\"17\"", false)]
    [InlineData("cpu", "1000000", true)]
    [InlineData("cpu", "1000001", false)]
    [InlineData("cpu", "\"1000000\"", true)]
    [InlineData("cpu", "\"1000000.001\"", false)]
    [InlineData("cpu", "\"0.5\"", true)]
    [InlineData("cpu", "\"500m\"", false)]
    [InlineData("memory", "\"1000000000Mi\"", true)]
    [InlineData("memory", "\"1000000001Mi\"", false)]
    [InlineData("memory", "\"953Ti\"", true)]
    [InlineData("memory", "\"1024Ti\"", false)]
    [InlineData("memory", "\"64GiB\"", false)]
    [InlineData("memory", "\"1.5Gi\"", false)]
    public async Task A_profile_is_good_for_both_or_for_neither(string field, string value, bool good)
    {
        var spec = With("""{ "gpus": 1, "cpu": 12, "memory": "64Gi", "group": "H100" }""", field, JsonNode.Parse(value)!);
        await AssertSameAsync("machineprofiles", $$"""{ "machineProfiles": { "m": {{spec}} } }""", spec, good);
    }

    [ControlPlaneTheory]
    [InlineData(253, true)]
    [InlineData(254, false)]
    public async Task A_name_is_as_long_for_both(int length, bool good)
    {
        var spec = With("""{ "gpus": 1, "cpu": 12, "memory": "64Gi" }""", "group", new string('g', length));
        await AssertSameAsync("machineprofiles", $$"""{ "machineProfiles": { "m": {{spec}} } }""", spec, good);
    }

    /// <summary>Names of fields: each of the sample's is one of the file's, with the same meaning.</summary>
    [Fact]
    public void The_sample_objects_say_what_a_policy_file_says()
    {
        var objects = DeployFolder.Read("samples/policy/team.yaml").ToDictionary(sample => (string)sample["kind"]!);
        var project = (JsonObject)objects["Project"]["spec"]!.DeepClone();
        var workspace = (string)project["workspace"]!;
        project.Remove("workspace");
        Assert.Equal((string?)objects["Workspace"]["metadata"]!["name"], workspace);
        var file = new JsonObject
        {
            ["workspaces"] = new JsonObject { [workspace] = new JsonObject { ["projects"] = new JsonObject { [Name("Project")] = project } } },
            ["machineProfiles"] = new JsonObject { [Name("MachineProfile")] = objects["MachineProfile"]["spec"]!.DeepClone() },
        };

        var policy = PolicyLoader.Parse("sample", file.ToJsonString());
        Assert.Equal(64_000, policy.Projects.Single().Quotas.Single(quota => quota.Group == "H100").Reserved);
        Assert.Equal(500, policy.Projects.Single().Quotas.Single(quota => quota.Group == "*").OnDemand);
        Assert.True(policy.Projects.Single().MayBeUrgent);
        Assert.Equal(4, policy.Profiles.Single().GpuCount);

        string Name(string kind) => (string)objects[kind]["metadata"]!["name"]!;
    }

    [Fact]
    public void The_policy_file_of_the_deployment_changes_no_default()
        => Assert.Equal(PolicyLoader.Load(PolicyOptions.Shipped), PolicyLoader.Load(DeployFolder.File("base/scheduling.yaml")));

    private static string With(string spec, string field, JsonNode value)
    {
        var json = JsonNode.Parse(spec)!.AsObject();
        json[field] = value;
        return json.ToJsonString();
    }

    // JSON is YAML.
    private async Task AssertSameAsync(string plural, string file, string spec, bool good)
    {
        var byFile = Record.Exception(() => PolicyLoader.Parse("policy", file));
        var byServer = await Record.ExceptionAsync(() => cluster.Plane.Api.PostAsync($"{Samples.Root}/{plural}", Samples.Of(plural, spec)));
        Assert.True(good == byFile is null, $"The loader: {byFile?.Message ?? "taken"}");
        Assert.True(good == byServer is null, $"The server: {byServer?.Message ?? "taken"}");
        Assert.True(byFile is null or PolicyException && byServer is null or ApiException);
    }
}
