using Pipeline.Contracts.V1;
using Pipeline.Functions.Tests.GrafanaWebhook.Support;

namespace Pipeline.Functions.Tests.GrafanaWebhook;

/// <summary>Texts that the engine would refuse with everything that came along.</summary>
public sealed class LongTextTests
{
    [Theory]
    [InlineData("summary")]
    [InlineData("description")]
    public async Task A_log_in_an_annotation_is_cut_and_says_so(string annotation)
    {
        var log = new string('x', 100_000);
        var rig = new WebhookRig();
        var faulty = Notification.Alert("GpuXid", ("node", "gpu-0001"), ("xid", "79")).With("annotations", new Dictionary<string, string> { [annotation] = log });
        var answer = WebhookRig.Answer(await rig.PostAsync(Notification.Of(faulty, Notification.Alert("B"))));
        Assert.Equal(2, answer.Accepted);
        var alert = rig.Repair.Reports[0].Alerts[0];
        Assert.Equal((4_096, 79, "gpu-0001"), (alert.Summary.Length, alert.Xid, alert.Node));
        Assert.StartsWith(log[..4_000], alert.Summary);
        Assert.EndsWith("… (cut; there were 100000 characters)", alert.Summary);
        Assert.Contains(rig.Log.Lines, line => line.Message.Contains("1 alerts with more text than is kept", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_log_in_a_label_is_cut_after_it_was_read()
    {
        const string Driver = "GPU recovery action changed from 0x0 (None) to 0x2 (Node Reboot Required)";
        var alert = await MapAsync(Notification.Alert("GpuXid", ("xid", "154"), ("err_msg", new string('x', 20_000) + Driver)));
        Assert.True(alert.Overrides);
        Assert.Equal(1_024, alert.Labels.Single(label => label.StartsWith("err_msg=", StringComparison.Ordinal)).Length);
    }

    [Fact]
    public async Task A_long_name_is_still_classified_and_a_long_node_is_no_other()
    {
        var alert = await MapAsync(Notification.Alert($"GpuThermal{new string('x', 9_000)}", ("node", new string('n', 9_000))));
        Assert.Equal((1_024, 1_024), (alert.AlertName.Length, alert.Node.Length));
        Assert.Equal("thermal", alert.FaultClass);
        Assert.EndsWith("(cut; there were 9000 characters)", alert.Node);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task No_character_is_cut_in_two(int before)
    {
        var text = new string('x', before) + string.Concat(Enumerable.Repeat("😀", 10_000));
        var alert = await MapAsync(Notification.Alert("A", ("log", text)).With("annotations", new Dictionary<string, string> { ["summary"] = text }));
        Assert.All(alert.Labels.Append(alert.Summary), kept => Assert.DoesNotContain('\ufffd', System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(kept))));
    }

    [Fact]
    public async Task A_long_fingerprint_becomes_a_hash_that_names_the_same_episode_again()
    {
        var beginning = new string('f', 300);
        var first = await MapAsync(Notification.Alert("A").With("fingerprint", beginning + "1"));
        var again = await MapAsync(Notification.Alert("A").With("fingerprint", beginning + "1"));
        var other = await MapAsync(Notification.Alert("A").With("fingerprint", beginning + "2"));
        Assert.Equal(first.Fingerprint, again.Fingerprint);
        Assert.NotEqual(first.Fingerprint, other.Fingerprint);
        Assert.InRange(first.Fingerprint.Length, 1, 256);
        Assert.Equal(beginning[..256], (await MapAsync(Notification.Alert("A").With("fingerprint", beginning[..256]))).Fingerprint);
    }

    [Theory]
    [InlineData(255, "l254=")]
    [InlineData(256, "l255=")]
    [InlineData(300, "…=45 more labels were left out")]
    public async Task Labels_beyond_the_bound_are_left_out_and_counted(int labels, string last)
    {
        // The name is one of them.
        var alert = await MapAsync(Notification.Alert("A", [.. Enumerable.Range(1, labels - 1).Select(i => ($"l{i:000}", ""))]));
        Assert.Equal(Math.Min(labels, 256), alert.Labels.Count);
        Assert.Equal(last, alert.Labels[^1]);
    }

    [Fact]
    public async Task Long_names_without_number_are_reported_in_parts_that_the_journal_takes()
    {
        var rig = new WebhookRig();
        var names = Enumerable.Range(0, 900).Select(i => $"{i}-{new string('x', 1_000)}").ToArray();
        var answer = WebhookRig.Answer(await rig.PostAsync(Notification.Of([.. names.Select(name => Notification.Alert(name))])));
        Assert.Equal(900, answer.Accepted);
        Assert.True(rig.Repair.Reports.Count > 1);
        Assert.All(rig.Repair.Reports, report => Assert.InRange(report.CalculateSize(), 1, 1 << 20));
        Assert.Equal(names, rig.Repair.Reports.SelectMany(report => report.Alerts).Select(alert => alert.AlertName));
    }

    private static async Task<Alert> MapAsync(System.Text.Json.Nodes.JsonObject alert)
    {
        var rig = new WebhookRig();
        Assert.Equal(202, (await rig.PostAsync(Notification.Of(alert))).Status);
        return rig.Repair.OnlyAlert;
    }
}
