using Pipeline.Contracts.V1;
using Pipeline.Functions.Tests.GrafanaWebhook.Support;

namespace Pipeline.Functions.Tests.GrafanaWebhook;

/// <summary>XID 154 tells the action that the driver wants.</summary>
public sealed class RecoveryTextTests
{
    [Theory]
    [InlineData("0x1 (GPU Reset Required)", "gpu-reset")]
    [InlineData("0x2 (Node Reboot Required)", "node-reboot")]
    [InlineData("0x3 (Drain P2P)", "memory-drain-reset")]
    [InlineData("0x4 (Drain and Reset)", "memory-drain-reset")]
    [InlineData("0x2 (node reboot required)", "node-reboot")]
    public async Task The_text_overrides_the_table(string action, string faultClass)
    {
        var alert = await MapAsync("summary", Text(action));
        Assert.Equal((AlertKind.Fault, 154, faultClass, true), (alert.Kind, alert.Xid, alert.FaultClass, alert.Overrides));
    }

    [Fact]
    public async Task No_action_is_only_recorded()
    {
        var alert = await MapAsync("summary", "GPU recovery action changed from 0x1 (GPU Reset Required) to 0x0 (None)");
        Assert.Equal((AlertKind.Fault, 0, "observe-only", false), (alert.Kind, alert.Xid, alert.FaultClass, alert.Overrides));
    }

    [Theory]
    [InlineData("err_msg")]
    [InlineData("summary")]
    [InlineData("description")]
    [InlineData("message")]
    public async Task The_text_is_found_in_annotations_and_labels(string field)
    {
        Assert.Equal("node-reboot", (await MapAsync(field, Text("0x2 (Node Reboot Required)"))).FaultClass);
        Assert.Equal("node-reboot", (await MapAsync(field, Text("0x2 (Node Reboot Required)"), asLabel: true)).FaultClass);
    }

    [Fact]
    public async Task The_last_of_several_changes_counts()
    {
        var text = "GPU recovery action changed from 0x0 (None) to 0x1 (GPU Reset Required); "
            + "GPU recovery action changed from 0x1 (GPU Reset Required) to 0x2 (Node Reboot Required)";
        Assert.Equal("node-reboot", (await MapAsync("description", text)).FaultClass);
    }

    [Theory]
    [InlineData("GPU recovery action changed")]
    [InlineData("GPU recovery action changed from 0x0 (None) to 0x9 (Something New)")]
    [InlineData("XID 154 on gpu-0001")]
    public async Task A_text_that_tells_no_known_action_leaves_it_to_the_table(string text)
    {
        var alert = await MapAsync("summary", text);
        Assert.Equal((154, "", false), (alert.Xid, alert.FaultClass, alert.Overrides));
    }

    [Fact]
    public async Task The_text_of_another_xid_changes_nothing()
    {
        var alert = await MapAsync("summary", Text("0x2 (Node Reboot Required)"), xid: "79");
        Assert.Equal((79, "", false), (alert.Xid, alert.FaultClass, alert.Overrides));
    }

    [Fact]
    public async Task The_text_is_enough_when_no_label_has_the_xid()
    {
        var alert = await MapAsync("message", "NVRM: Xid (PCI:0000:3b:00): 154, " + Text("0x1 (GPU Reset Required)"), xid: "");
        Assert.Equal((154, "gpu-reset", true), (alert.Xid, alert.FaultClass, alert.Overrides));
    }

    private static string Text(string action) => $"GPU recovery action changed from 0x0 (None) to {action}";

    private static async Task<Alert> MapAsync(string field, string text, bool asLabel = false, string xid = "154")
    {
        var rig = new WebhookRig();
        var alert = asLabel
            ? Notification.Alert("GpuXid", ("xid", xid), (field, text))
            : Notification.Alert("GpuXid", ("xid", xid)).With("annotations", new Dictionary<string, string> { [field] = text });
        await rig.PostAsync(Notification.Of(alert));
        return rig.Repair.OnlyAlert;
    }
}
