using System.Text.Json.Nodes;

namespace Pipeline.Deploy.Tests.Support;

/// <summary>A good object of each kind, as small as it may be.</summary>
internal static class Samples
{
    public const string Root = "/apis/pipeline.gpu/v1alpha1";

    private static int _last;

    public static JsonObject Of(string plural, string spec) => new()
    {
        ["apiVersion"] = "pipeline.gpu/v1alpha1",
        ["kind"] = KindOf(plural),
        ["metadata"] = new JsonObject { ["name"] = $"t-{Interlocked.Increment(ref _last)}" },
        ["spec"] = JsonNode.Parse(spec),
    };

    public static string GoodSpec(string plural) => plural switch
    {
        "workspaces" => """{}""",
        "projects" => """{ "workspace": "w", "quotas": { "H100": {} } }""",
        "machineprofiles" => """{ "gpus": 4, "cpu": 48, "memory": "512Gi" }""",
        "reservations" => """
            { "project": "p", "group": "H100", "nodes": 8, "start": "2027-01-04T09:00:00Z", "end": "2027-01-11T09:00:00Z", "topology": { "mode": "hard" } }
            """,
        "noderepairs" => """{ "node": "gpu-0012" }""",
        _ => throw new ArgumentException($"There is no kind {plural}.", nameof(plural)),
    };

    private static string KindOf(string plural) => plural switch
    {
        "workspaces" => "Workspace",
        "projects" => "Project",
        "machineprofiles" => "MachineProfile",
        "reservations" => "Reservation",
        "noderepairs" => "NodeRepair",
        _ => throw new ArgumentException($"There is no kind {plural}.", nameof(plural)),
    };
}
