using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pipeline.Functions.Tests.GrafanaWebhook.Support;

/// <summary>Writes notifications of Grafana's shape.</summary>
internal static class Notification
{
    public static string Of(params JsonObject[] alerts) =>
        new JsonObject { ["version"] = "1", ["status"] = "firing", ["alerts"] = new JsonArray([.. alerts]) }.ToJsonString();

    public static JsonObject Alert(string name, params (string Name, string Value)[] labels)
    {
        var pairs = new JsonObject { ["alertname"] = name };
        foreach (var (label, value) in labels)
            pairs[label] = value;
        return new()
        {
            ["status"] = "firing",
            ["labels"] = pairs,
            ["annotations"] = new JsonObject(),
            ["startsAt"] = "2026-11-21T23:00:10Z",
            ["fingerprint"] = "673ea9a78cfa0916",
        };
    }

    public static JsonObject With(this JsonObject alert, string field, object? value)
    {
        alert[field] = JsonSerializer.SerializeToNode(value);
        return alert;
    }
}
