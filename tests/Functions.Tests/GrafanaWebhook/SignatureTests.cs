using System.Globalization;
using Pipeline.Functions.GrafanaWebhook;
using Pipeline.Functions.Tests.GrafanaWebhook.Support;

namespace Pipeline.Functions.Tests.GrafanaWebhook;

public sealed class SignatureTests
{
    private const string Header = "X-Grafana-Alerting-Signature";
    private const string TimeHeader = "X-Grafana-Alerting-Timestamp";
    private const string BodyMac = "d82f5281ed62c9b2c3203e1434e1fc8f4688b80daf2622f1265cccad2f840747";
    private const string TimedMac = "726565c2a9d7c020ccf6a95dac38d0519692c5870e0a2f05d987641678e3a0db";

    private static readonly GrafanaOptions Plain = new() { HmacSecret = "repair-secret" };
    private static readonly GrafanaOptions Timed = new() { HmacSecret = "repair-secret", TimestampHeader = TimeHeader };

    [Fact]
    public async Task A_signature_over_the_body_admits()
    {
        var rig = new WebhookRig(Plain);
        var response = await rig.PostAsync(Fixture.Bytes(Fixture.GrafanaFiring), (Header, BodyMac));
        Assert.Equal(1, WebhookRig.Answer(response).Accepted);
    }

    [Fact]
    public async Task A_signature_over_time_and_body_admits()
    {
        var rig = new WebhookRig(Timed);
        var response = await rig.PostAsync(Fixture.Bytes(Fixture.GrafanaFiring), (Header, TimedMac), (TimeHeader, "1795302010"));
        Assert.Equal(202, response.Status);
    }

    [Theory]
    [InlineData("3bcebf43c85d20bba6e3b6ba278af1d2ba3ab0d57de271b0ad30b833e851c5a6", null)]
    [InlineData("ac18a483a582b60a883e974541afe25aa1026136163e94665649743324183ef1", "0")]
    public async Task The_check_values_of_the_sender_are_admitted(string mac, string? timestamp)
    {
        var rig = new WebhookRig(new() { HmacSecret = "secret", TimestampHeader = timestamp is null ? null : TimeHeader });
        rig.Time.UnixSeconds = 0;
        var response = timestamp is null
            ? await rig.PostAsync("test message", (Header, mac))
            : await rig.PostAsync("test message", (Header, mac), (TimeHeader, timestamp));
        // Past the signature, "test message" is found to be no JSON.
        Assert.Equal(400, response.Status);
    }

    [Theory]
    [InlineData(0, 202)]
    [InlineData(300, 202)]
    [InlineData(-300, 202)]
    [InlineData(301, 401)]
    [InlineData(-301, 401)]
    public async Task A_time_outside_the_window_is_refused_on_both_sides(int seconds, int status)
    {
        var rig = new WebhookRig(Timed);
        rig.Time.UnixSeconds += seconds;
        var response = await rig.PostAsync(Fixture.Bytes(Fixture.GrafanaFiring), (Header, TimedMac), (TimeHeader, "1795302010"));
        Assert.Equal(status, response.Status);
        if (status == 401)
            Assert.Contains(TimeHeader, WebhookRig.Error(response));
    }

    [Fact]
    public async Task The_window_is_as_wide_as_configured()
    {
        var rig = new WebhookRig(new() { HmacSecret = "repair-secret", TimestampHeader = TimeHeader, SkewSeconds = 10 });
        rig.Time.UnixSeconds += 11;
        var response = await rig.PostAsync(Fixture.Bytes(Fixture.GrafanaFiring), (Header, TimedMac), (TimeHeader, "1795302010"));
        Assert.Equal(401, response.Status);
    }

    [Theory]
    [InlineData("d82f5281ed62c9b2c3203e1434e1fc8f4688b80daf2622f1265cccad2f840748")]
    [InlineData("D82F5281ED62C9B2C3203E1434E1FC8F4688B80DAF2622F1265CCCAD2F840747")]
    [InlineData("sha256=d82f5281ed62c9b2c3203e1434e1fc8f4688b80daf2622f1265cccad2f840747")]
    [InlineData("d82f5281ed62c9b2c3203e1434e1fc8f4688b80daf2622f1265cccad2f84074")]
    [InlineData("\u00e982f5281ed62c9b2c3203e1434e1fc8f4688b80daf2622f1265cccad2f840747")]
    [InlineData("")]
    public async Task A_wrong_signature_is_refused_and_nothing_is_reported(string mac)
    {
        var rig = new WebhookRig(Plain);
        var response = await rig.PostAsync(Fixture.Bytes(Fixture.GrafanaFiring), (Header, mac));
        Assert.Equal(401, response.Status);
        Assert.Equal(1, response.Challenges.Count);
        Assert.Empty(rig.Repair.Reports);
    }

    [Fact]
    public async Task One_changed_byte_of_the_body_is_refused()
    {
        var rig = new WebhookRig(Plain);
        var body = Fixture.Bytes(Fixture.GrafanaFiring);
        body[^2] ^= 1;
        Assert.Equal(401, (await rig.PostAsync(body, (Header, BodyMac))).Status);
    }

    [Fact]
    public async Task A_signature_without_its_time_is_refused()
    {
        var rig = new WebhookRig(Timed);
        Assert.Equal(401, (await rig.PostAsync(Fixture.Bytes(Fixture.GrafanaFiring), (Header, BodyMac))).Status);
    }

    [Fact]
    public async Task A_time_that_was_not_signed_is_refused()
    {
        var rig = new WebhookRig(Timed);
        var later = (WebhookRig.Now + 1).ToString(CultureInfo.InvariantCulture);
        Assert.Equal(401, (await rig.PostAsync(Fixture.Bytes(Fixture.GrafanaFiring), (Header, TimedMac), (TimeHeader, later))).Status);
    }

    [Fact]
    public async Task Two_signatures_are_none()
    {
        var rig = new WebhookRig(Plain);
        Assert.Equal(401, (await rig.PostAsync(Fixture.Bytes(Fixture.GrafanaFiring), (Header, BodyMac), (Header, BodyMac))).Status);
    }

    [Fact]
    public async Task The_header_of_the_signature_can_be_named()
    {
        var rig = new WebhookRig(new() { HmacSecret = "repair-secret", SignatureHeader = "X-Sig" });
        Assert.Equal(202, (await rig.PostAsync(Fixture.Bytes(Fixture.GrafanaFiring), ("X-Sig", BodyMac))).Status);
    }
}
