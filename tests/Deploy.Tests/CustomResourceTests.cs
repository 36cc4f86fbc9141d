using System.Net;
using System.Text.Json.Nodes;
using Pipeline.Deploy.Tests.Support;
using Pipeline.TestControlPlane;

namespace Pipeline.Deploy.Tests;

/// <summary>The product's own kinds, as the server takes, completes, refuses and shows them.</summary>
[Collection(InstalledCollection.Name)]
public class CustomResourceTests(InstalledFixture cluster)
{
    private ApiAccess Api => cluster.Plane.Api;

    [ControlPlaneTheory]
    [InlineData("workspaces")]
    [InlineData("projects")]
    [InlineData("machineprofiles")]
    [InlineData("reservations")]
    [InlineData("noderepairs")]
    public async Task A_good_object_is_taken(string plural)
    {
        var taken = await Api.PostAsync($"{Samples.Root}/{plural}", Samples.Of(plural, Samples.GoodSpec(plural)));
        Assert.NotNull((string?)taken["metadata"]!["uid"]);
    }

    [ControlPlaneTheory]
    [InlineData("workspaces", "description", "5")]
    [InlineData("projects", "workspace", null)]
    [InlineData("projects", "workspace", "\"\"")]
    [InlineData("projects", "mayBeUrgent", "\"yes\"")]
    [InlineData("projects", "quotas.H100.reserved", "-1")]
    [InlineData("projects", "quotas.H100.reserved", "\"unlimited\"")]
    [InlineData("projects", "quotas.H100.reserved", "0.5")]
    [InlineData("projects", "quotas.H100.onDemand", "\"0.1234\"")]
    [InlineData("projects", "quotas.H100.onDemand", "\"many\"")]
    [InlineData("projects", "quotas.H100.spot", "\"-1\"")]
    [InlineData("machineprofiles", "gpus", null)]
    [InlineData("machineprofiles", "gpus", "17")]
    [InlineData("machineprofiles", "gpus", "\"1.5\"")]
    [InlineData("machineprofiles", "cpu", "-1")]
    [InlineData("machineprofiles", "memory", "\"512G\"")]
    [InlineData("machineprofiles", "memory", "512")]
    [InlineData("machineprofiles", "group", "\"\"")]
    [InlineData("reservations", "project", null)]
    [InlineData("reservations", "group", "\"\"")]
    [InlineData("reservations", "nodes", "0")]
    [InlineData("reservations", "nodes", "262145")]
    [InlineData("reservations", "start", "\"tomorrow\"")]
    [InlineData("reservations", "end", null)]
    [InlineData("reservations", "topology.mode", "\"near\"")]
    [InlineData("reservations", "topology.highestTier", "64")]
    [InlineData("noderepairs", "node", null)]
    [InlineData("noderepairs", "node", "\"\"")]
    public async Task A_bad_object_is_refused_by_the_name_of_the_field(string plural, string field, string? value)
    {
        var bad = Samples.Of(plural, Samples.GoodSpec(plural));
        var path = field.Split('.');
        var parent = path[..^1].Aggregate(bad["spec"]!, (node, name) => node[name]!).AsObject();
        parent.Remove(path[^1]);
        if (value is not null)
            parent.Add(path[^1], JsonNode.Parse(value));

        var refused = await Assert.ThrowsAsync<ApiException>(() => Api.PostAsync($"{Samples.Root}/{plural}", bad));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Contains($"\"field\":\"spec.{field}\"", refused.Message, StringComparison.Ordinal);
    }

    [ControlPlaneTheory]
    [InlineData("""{ "state": "Fine" }""", "status.state")]
    [InlineData("""{ "step": "hammer" }""", "status.step")]
    [InlineData("""{ "gpus": [32] }""", "status.gpus")]
    [InlineData("""{ "attempt": -1 }""", "status.attempt")]
    [InlineData("""{ "deadline": "soon" }""", "status.deadline")]
    [InlineData("""{ "alerts": [{ "startsAt": "2027-01-04T09:00:00Z" }] }""", "status.alerts.fingerprint")]
    [InlineData("""{ "timeline": [{ "at": "2027-01-04T09:00:00Z", "state": "Held" }] }""", "status.timeline.reason")]
    public async Task A_status_that_no_run_has_is_refused_by_the_name_of_the_field(string status, string field)
    {
        var name = await CreateAsync("noderepairs");
        var refused = await Assert.ThrowsAsync<ApiException>(() => SetStatusAsync("noderepairs", name, status));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Contains($"\"field\":\"{field}\"", refused.Message, StringComparison.Ordinal);
    }

    [ControlPlaneTheory]
    [InlineData("workspaces", """{}""")]
    [InlineData("projects", """{ "workspace": "w", "mayBeUrgent": false, "quotas": { "H100": { "reserved": 0, "onDemand": 0, "spot": "unlimited" } } }""")]
    [InlineData("machineprofiles", """{ "gpus": 4, "cpu": 48, "memory": "512Gi" }""")]
    [InlineData("reservations", """
        { "project": "p", "group": "H100", "nodes": 8, "start": "2027-01-04T09:00:00Z", "end": "2027-01-11T09:00:00Z", "topology": { "mode": "hard", "highestTier": 0 } }
        """)]
    [InlineData("noderepairs", """{ "node": "gpu-0012" }""")]
    public async Task What_is_left_out_has_its_default(string plural, string completed)
    {
        var taken = await Api.PostAsync($"{Samples.Root}/{plural}", Samples.Of(plural, Samples.GoodSpec(plural)));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(completed), taken["spec"]), taken["spec"]!.ToJsonString());
    }

    [ControlPlaneFact]
    public async Task A_workspace_may_say_nothing_at_all()
    {
        var bare = Samples.Of("workspaces", "{}");
        bare.Remove("spec");
        var taken = await Api.PostAsync($"{Samples.Root}/workspaces", bare);
        Assert.Equal("{}", taken["spec"]!.ToJsonString());
    }

    /// <summary>The server drops unknown fields in silence; kubectl looks at the published schema first.</summary>
    [ControlPlaneFact]
    public async Task A_misspelt_field_is_refused_by_kubectl()
    {
        var misspelt = Samples.Of("projects", """{ "workspace": "w", "quota": {} }""").ToJsonString();
        var refused = default(KubectlResult);
        // The schema of a new kind is published a moment later than the kind is served.
        await Eventually.TrueAsync("the published schema", TimeSpan.FromSeconds(60), async () =>
        {
            refused = await cluster.Plane.RunKubectlAsync(["create", "--dry-run=client", "-f", "-"], misspelt);
            return refused.ExitCode != 0;
        }, () => refused?.Output ?? "");
        Assert.Contains("\"quota\"", refused!.Error, StringComparison.Ordinal);
    }

    [ControlPlaneFact]
    public async Task People_do_not_write_a_status_and_the_product_no_spec()
    {
        var forged = Samples.Of("noderepairs", Samples.GoodSpec("noderepairs"));
        forged["status"] = new JsonObject { ["state"] = "Healthy" };
        var taken = await Api.PostAsync($"{Samples.Root}/noderepairs", forged);
        Assert.Null(taken["status"]);

        var path = $"{Samples.Root}/noderepairs/{taken["metadata"]!["name"]}/status";
        var moved = await Api.PatchAsync(path, JsonNode.Parse("""{ "spec": { "node": "other" }, "status": { "state": "Held" } }""")!);
        Assert.Equal("gpu-0012", (string?)moved["spec"]!["node"]);
        Assert.Equal("Held", (string?)moved["status"]!["state"]);
    }

    [ControlPlaneTheory]
    [InlineData("workspaces", "ws", """{ "projects": 3, "conditions": [{ "type": "Accepted", "status": "True", "reason": "InForce", "lastTransitionTime": "2027-01-04T09:00:00Z" }] }""",
        "NAME,PROJECTS,ACCEPTED,AGE", "3,True")]
    [InlineData("projects", "proj", """{ "gpus": "12.5", "borrowed": "4", "reserved": "8/64", "conditions": [{ "type": "Accepted", "status": "False", "reason": "Refused", "message": "spec.workspace: unknown", "lastTransitionTime": "2027-01-04T09:00:00Z" }] }""",
        "NAME,WORKSPACE,URGENT,GPUS,BORROWED,RESERVED,ACCEPTED,AGE,MESSAGE", "w,false,12.5,4,8/64,False,spec.workspace: unknown")]
    [InlineData("machineprofiles", "mp", """{ "conditions": [{ "type": "Accepted", "status": "True", "reason": "InForce", "lastTransitionTime": "2027-01-04T09:00:00Z" }] }""",
        "NAME,GPUS,CPU,MEMORY,GROUP,ACCEPTED,AGE", "4,48,512Gi,,True")]
    [InlineData("reservations", "rsv", """{ "state": "Active", "shortOf": 1, "message": "1 node is ill", "nodes": ["n1"] }""",
        "NAME,PROJECT,GROUP,NODES,START,END,STATE,SHORT,MESSAGE", "p,H100,8,2027-01-04T09:00:00Z,2027-01-11T09:00:00Z,Active,1,1 node is ill")]
    [InlineData("noderepairs", "nr", """{ "state": "Acting", "faultClass": "gpu-off-bus", "step": "reboot", "attempt": 2, "message": "AttemptBegun" }""",
        "NAME,NODE,STATE,FAULT,STEP,ATTEMPT,AGE,MESSAGE", "gpu-0012,Acting,gpu-off-bus,reboot,2,AttemptBegun")]
    public async Task The_columns_show_where_it_stands(string plural, string shortName, string status, string columns, string cells)
    {
        var name = await CreateAsync(plural);
        await SetStatusAsync(plural, name, status);
        var lines = (await cluster.Plane.KubectlAsync("get", shortName, name)).Split('\n');
        var titles = columns.Split(',');
        Assert.Equal(titles, lines[0].Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        Assert.Equal([name, .. cells.Split(',')], titles.Where(title => title != "AGE").Select(title => Cell(lines, title)));
    }

    [ControlPlaneFact]
    public async Task One_category_shows_everything_of_the_product()
    {
        var names = new Dictionary<string, string>();
        foreach (var plural in new[] { "workspaces", "projects", "machineprofiles", "reservations", "noderepairs" })
            names[plural] = await CreateAsync(plural);
        var shown = await cluster.Plane.KubectlAsync("get", "pipeline", "-o", "name");
        Assert.All(names, pair => Assert.Contains($"{pair.Key[..^1]}.pipeline.gpu/{pair.Value}", shown, StringComparison.Ordinal));
    }

    /// <summary>What stands in a row below a title; columns are aligned, and a cell may be empty.</summary>
    private static string Cell(string[] lines, string title)
    {
        var titles = $"  {lines[0]}";
        var start = titles.IndexOf($"  {title}", StringComparison.Ordinal);
        var end = start + title.Length;
        while (end < lines[0].Length && lines[0][end] == ' ')
            end++;
        return (end < lines[0].Length ? lines[1][start..end] : lines[1][start..]).Trim();
    }

    private async Task<string> CreateAsync(string plural)
        => (string)(await Api.PostAsync($"{Samples.Root}/{plural}", Samples.Of(plural, Samples.GoodSpec(plural))))["metadata"]!["name"]!;

    private Task<JsonNode> SetStatusAsync(string plural, string name, string status)
        => Api.PatchAsync($"{Samples.Root}/{plural}/{name}/status", new JsonObject { ["status"] = JsonNode.Parse(status) });
}
