using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Pipeline.Deploy.Tests.Support;
using Pipeline.Functions.GrafanaWebhook.Mapping;
using Pipeline.Functions.GrafanaWebhook.Payload;
using Pipeline.Functions.Repair.Playbooks;
using Pipeline.TestControlPlane;

namespace Pipeline.Deploy.Tests;

/// <summary>The alerts of the sample rules, as Alertmanager posts them, are faults that the taxonomy knows.</summary>
public partial class AlertRuleTests
{
    private static readonly PlaybookSet Playbooks = PlaybookLoader.Load(Path.Combine(AppContext.BaseDirectory, "Repair", "Playbooks"), _ => true);

    /// <summary>Name; labels of a series; node, mask of GPUs, XID and fault class that it must mean.</summary>
    public static TheoryData<string, string, string, uint, int, string> Alerts => new()
    {
        { "GpuXid", "Hostname=gpu-0012,gpu=3,xid=79", "gpu-0012", 8, 79, "gpu-off-bus" },
        { "GpuRowRemapFailed", "Hostname=gpu-0012,gpu=0", "gpu-0012", 1, 0, "gpu-reset" },
        { "GpuOverheated", "Hostname=gpu-0012,gpu=7", "gpu-0012", 128, 0, "thermal" },
        { "GpuPcieReplays", "Hostname=gpu-0012,gpu=1", "gpu-0012", 2, 0, "pcie" },
        { "InfinibandPortDown", "instance=gpu-0012:9100,device=mlx5_0,port=1", "gpu-0012", 0, 0, "infiniband" },
        { "KubeNodeNotReady", "node=gpu-0012", "gpu-0012", 0, 0, "node-unreachable" },
    };

    [Theory]
    [MemberData(nameof(Alerts))]
    public void An_alert_names_its_node_its_GPU_and_its_fault(string name, string labels, string node, uint gpus, int xid, string faultClass)
    {
        var pairs = labels.Split(',').Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        // The series of the rule have these labels and no others.
        Assert.Equal(LabelsOf(Rules("pipeline-gpu").Single(rule => (string?)rule["alert"] == name)), pairs.Keys.Order(StringComparer.Ordinal));

        var alert = new AlertMapper(Playbooks.Taxonomy).Map(Payload(name, pairs), receivedAt: 0, out _).Alerts.Single();
        Assert.Equal((node, gpus, xid), (alert.Node, alert.GpuMask, alert.Xid));
        var classOfXid = Playbooks.Policy.Xids.SingleOrDefault(rule => rule.Xid == alert.Xid)?.FaultClass;
        Assert.Equal(faultClass, classOfXid ?? alert.FaultClass);
    }

    [Fact]
    public void Every_rule_about_GPUs_is_tested()
        => Assert.Equal(Alerts.Select(row => (string)row[0]).Order(StringComparer.Ordinal), Rules("pipeline-gpu").Select(rule => (string)rule["alert"]!).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_metric_of_the_rules_about_the_product_is_one_that_it_has()
    {
        var sources = string.Concat(Directory.EnumerateFiles(Path.Combine(Checkout.Root, "hotpath"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText));
        var named = Rules("pipeline").SelectMany(rule => OwnMetric().Matches((string)rule["expr"]!)).Select(match => match.Value).ToList();
        Assert.Equal(["pipeline_leader", "pipeline_kubernetes_denied_total", "pipeline_pending_workloads"], named);
        Assert.All(named, name => Assert.Contains($"\"{name}\"", sources, StringComparison.Ordinal));
    }

    private static IEnumerable<JsonNode> Rules(string group)
        => DeployFolder.Read("samples/monitoring/prometheus-rules.yaml").Single()["groups"]!.AsArray()
            .Single(candidate => (string?)candidate!["name"] == group)!["rules"]!.AsArray()!;

    private static IEnumerable<string> LabelsOf(JsonNode rule)
        => By().Match((string)rule["expr"]!).Groups[1].Value.Split(", ").Order(StringComparer.Ordinal);

    private static WebhookPayload Payload(string name, Dictionary<string, string> labels)
    {
        var all = new JsonObject(labels.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))) { ["alertname"] = name };
        var body = new JsonObject
        {
            ["version"] = PayloadReader.Alertmanager,
            ["status"] = "firing",
            ["receiver"] = "pipeline",
            ["groupKey"] = "{}",
            ["truncatedAlerts"] = 0,
            ["alerts"] = new JsonArray(new JsonObject
            {
                ["status"] = "firing",
                ["fingerprint"] = "2a4c8e4385b1ff01",
                ["startsAt"] = "2027-01-04T09:00:00Z",
                ["labels"] = all,
                ["annotations"] = new JsonObject(),
            }),
        };
        return PayloadReader.Read(System.Text.Encoding.UTF8.GetBytes(body.ToJsonString()), out var error) ?? throw new InvalidOperationException(error);
    }

    [GeneratedRegex(@"\bpipeline_\w+")]
    private static partial Regex OwnMetric();

    [GeneratedRegex(@"^max by \(([^)]*)\)")]
    private static partial Regex By();
}
