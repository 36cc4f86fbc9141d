using Pipeline.Contracts.V1;
using Pipeline.Functions.Tests.GrafanaWebhook.Support;
using Pipeline.Functions.Tests.Repair.Support;

namespace Pipeline.Functions.Tests.GrafanaWebhook;

public sealed class MappingTests
{
    [Theory]
    [InlineData("node", "gpu-0001", "gpu-0001")]
    [InlineData("Hostname", "gpu-0001", "gpu-0001")]
    [InlineData("hostname", "gpu-0001", "gpu-0001")]
    [InlineData("kubernetes_node", "gpu-0001", "gpu-0001")]
    [InlineData("nodename", "gpu-0001", "gpu-0001")]
    [InlineData("exported_node", "gpu-0001", "gpu-0001")]
    [InlineData("host", "gpu-0001", "gpu-0001")]
    [InlineData("instance", "gpu-0001:9400", "gpu-0001")]
    [InlineData("instance", "10.0.0.7:9400", "10.0.0.7")]
    [InlineData("instance", "[fe80::1]:9400", "fe80::1")]
    [InlineData("instance", "fe80::1", "fe80::1")]
    [InlineData("instance", "gpu-0001:http", "gpu-0001:http")]
    [InlineData("instance", ":9400", ":9400")]
    [InlineData("pod", "gpu-0001", "")]
    public async Task The_node_comes_from_its_label(string label, string value, string node)
    {
        Assert.Equal(node, (await MapAsync(Notification.Alert("A", (label, value)))).Node);
    }

    [Fact]
    public async Task The_first_label_of_the_list_that_is_not_empty_names_the_node()
    {
        var alert = await MapAsync(Notification.Alert("A", ("instance", "exporter:9400"), ("Hostname", "gpu-0002"), ("node", "")));
        Assert.Equal("gpu-0002", alert.Node);
    }

    [Theory]
    [InlineData("gpu", "3", 1u << 3)]
    [InlineData("gpu", "0", 1u)]
    [InlineData("gpu", "31", 1u << 31)]
    [InlineData("gpu", "32", 0u)]
    [InlineData("gpu", "-1", 0u)]
    [InlineData("gpu", "3.0", 0u)]
    [InlineData("gpu", "all", 0u)]
    [InlineData("gpu", "99999999999", 0u)]
    [InlineData("gpu", "GPU-00000000-0000-0000-0000-000000000003", 0u)]
    [InlineData("device", "nvidia3", 1u << 3)]
    [InlineData("device", "/dev/nvidia7", 1u << 7)]
    [InlineData("device", "mlx5_0", 0u)]
    [InlineData("device", "eth0", 0u)]
    [InlineData("device", "nvidiactl", 0u)]
    public async Task The_gpu_comes_from_its_label_and_anything_odd_means_the_whole_node(string label, string value, uint mask)
    {
        Assert.Equal(mask, (await MapAsync(Notification.Alert("A", (label, value)))).GpuMask);
    }

    [Fact]
    public async Task A_label_without_an_index_gives_way_to_the_next()
    {
        Assert.Equal(1u << 5, (await MapAsync(Notification.Alert("A", ("gpu", "MIG-1"), ("device", "nvidia5")))).GpuMask);
    }

    [Theory]
    [InlineData("Any", "xid", "79", 79)]
    [InlineData("Any", "xid", " 79 ", 79)]
    [InlineData("Any", "xid", "9999", 9999)]
    [InlineData("Any", "xid", "10000", 0)]
    [InlineData("Any", "xid", "0", 0)]
    [InlineData("Any", "xid", "-79", 0)]
    [InlineData("Any", "xid", "seventy-nine", 0)]
    [InlineData("GpuXid", "err_code", "119", 119)]
    [InlineData("HttpErrors", "err_code", "500", 0)]
    public async Task The_xid_comes_from_its_label(string name, string label, string value, int xid)
    {
        Assert.Equal(xid, (await MapAsync(Notification.Alert(name, (label, value)))).Xid);
    }

    [Fact]
    public async Task The_exporters_code_counts_on_an_alert_that_names_a_gpu()
    {
        Assert.Equal(119, (await MapAsync(Notification.Alert("Any", ("err_code", "119"), ("gpu", "1")))).Xid);
    }

    [Theory]
    [InlineData("DcgmXidErrors", """{"A":79,"C":1}""", 79)]
    [InlineData("DcgmXidErrors", """{"B":79,"C":1}""", 79)]
    [InlineData("DcgmXidErrors", """{"C":1}""", 0)]
    [InlineData("DcgmXidErrors", """{"A":79.5}""", 0)]
    [InlineData("DcgmXidErrors", """{"A":-1}""", 0)]
    [InlineData("DcgmXidErrors", """{"A":1e300}""", 0)]
    [InlineData("GpuTemperature", """{"A":79}""", 0)]
    public async Task The_value_is_the_xid_only_for_an_alert_about_xids(string name, string values, int xid)
    {
        var alert = await MapAsync(Notification.Alert(name).With("values", System.Text.Json.Nodes.JsonNode.Parse(values)));
        Assert.Equal(xid, alert.Xid);
    }

    [Fact]
    public async Task An_xid_alert_that_does_not_say_which_goes_to_the_unknown_class()
    {
        var alert = await MapAsync(Notification.Alert("DcgmXidErrors", ("node", "gpu-0001")));
        Assert.Equal((AlertKind.Fault, 0, "unknown"), (alert.Kind, alert.Xid, alert.FaultClass));
    }

    [Theory]
    [InlineData("GpuThermalThrottling", "thermal")]
    [InlineData("GPUTemperatureHigh", "thermal")]
    [InlineData("GpuOverheating", "thermal")]
    [InlineData("PcieReplayCountHigh", "pcie")]
    [InlineData("GpuPCIeLinkWidthDegraded", "pcie")]
    [InlineData("InfiniBandLinkDown", "infiniband")]
    [InlineData("NodeInfinibandPortDown", "infiniband")]
    [InlineData("IBLinkFlapping", "infiniband")]
    [InlineData("NvidiaDriverHung", "driver-hung")]
    [InlineData("NvidiaSmiTimeout", "driver-hung")]
    [InlineData("NodeUnreachable", "node-unreachable")]
    [InlineData("KubeNodeNotReady", "node-unreachable")]
    [InlineData("GpuMissing", "gpu-off-bus")]
    [InlineData("RowRemapFailure", "gpu-reset")]
    public async Task Alerts_without_an_xid_get_their_class_by_name(string name, string faultClass)
    {
        var alert = await MapAsync(Notification.Alert(name, ("node", "gpu-0001")));
        Assert.Equal((AlertKind.Fault, faultClass, false), (alert.Kind, alert.FaultClass, alert.Overrides));
    }

    [Theory]
    [InlineData("NodeExporterDown")]
    [InlineData("HighCpuLoad")]
    [InlineData("KubePodCrashLooping")]
    [InlineData("NodeDiskFull")]
    [InlineData("")]
    public async Task An_alert_that_nothing_knows_is_unclassified(string name)
    {
        var alert = await MapAsync(Notification.Alert(name, ("node", "gpu-0001")));
        Assert.Equal((AlertKind.Unclassified, "", 0), (alert.Kind, alert.FaultClass, alert.Xid));
    }

    [Fact]
    public async Task A_label_may_name_the_class_itself()
    {
        Assert.Equal("infiniband", (await MapAsync(Notification.Alert("GpuThermal", ("fault_class", "infiniband")))).FaultClass);
    }

    [Fact]
    public async Task A_label_that_names_no_class_is_passed_over()
    {
        Assert.Equal("thermal", (await MapAsync(Notification.Alert("GpuThermal", ("fault_class", "no-such-class")))).FaultClass);
    }

    [Theory]
    [InlineData("summary", "told")]
    [InlineData("description", "told")]
    [InlineData("message", "told")]
    public async Task The_summary_is_what_the_annotations_tell(string annotation, string summary)
    {
        var alert = Notification.Alert("A", ("xid", "79")).With("annotations", new Dictionary<string, string> { [annotation] = summary });
        Assert.Equal(summary, (await MapAsync(alert)).Summary);
    }

    [Fact]
    public async Task Without_annotations_the_summary_is_the_xids_name()
    {
        Assert.Equal("XID 79 ROBUST_CHANNEL_GPU_HAS_FALLEN_OFF_THE_BUS", (await MapAsync(Notification.Alert("A", ("xid", "79")))).Summary);
    }

    [Fact]
    public async Task Every_alert_of_a_batch_keeps_its_place()
    {
        var rig = new WebhookRig();
        var nodes = Enumerable.Range(1, 20).Select(i => $"gpu-{i:0000}").ToArray();
        await rig.PostAsync(Notification.Of([.. nodes.Select(node => Notification.Alert("GpuXid", ("xid", "79"), ("node", node)))]));
        Assert.Equal(nodes, Assert.Single(rig.Repair.Reports).Alerts.Select(alert => alert.Node));
    }

    [Fact]
    public void Every_class_that_the_mapping_can_give_has_a_playbook()
    {
        var taxonomy = ShippedPlaybooks.Set.Taxonomy;
        var given = taxonomy.Rules.Select(rule => rule.FaultClass)
            .Concat(taxonomy.RecoveryActions.Values.Select(action => action.FaultClass)).Append(taxonomy.UnknownXidClass);
        Assert.All(given, name => Assert.True(taxonomy.Classes.Contains(name), name));
    }

    private static async Task<Alert> MapAsync(System.Text.Json.Nodes.JsonObject alert)
    {
        var rig = new WebhookRig();
        Assert.Equal(202, (await rig.PostAsync(Notification.Of(alert))).Status);
        return rig.Repair.OnlyAlert;
    }
}
