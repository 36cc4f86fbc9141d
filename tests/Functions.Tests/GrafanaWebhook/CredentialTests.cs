using System.Text;
using Pipeline.Functions.GrafanaWebhook;
using Pipeline.Functions.Tests.GrafanaWebhook.Support;

namespace Pipeline.Functions.Tests.GrafanaWebhook;

public sealed class CredentialTests
{
    private const string Signature = "X-Grafana-Alerting-Signature";
    private const string BodyMac = "d82f5281ed62c9b2c3203e1434e1fc8f4688b80daf2622f1265cccad2f840747";

    private static readonly GrafanaOptions All = new()
    {
        HmacSecret = "repair-secret",
        BearerToken = "a-token",
        BasicUser = "grafana",
        BasicPassword = "pass:wörd",
    };

    [Theory]
    [InlineData("Bearer a-token", 202)]
    [InlineData("bearer   a-token", 202)]
    [InlineData("Bearer a-tokeN", 401)]
    [InlineData("Bearer a-token2", 401)]
    [InlineData("Bearer", 401)]
    [InlineData("Bearer ", 401)]
    [InlineData("a-token", 401)]
    [InlineData("Basic a-token", 401)]
    [InlineData("Digest a-token", 401)]
    public async Task A_bearer_token_must_be_the_configured_one(string authorization, int status)
    {
        var rig = new WebhookRig(new() { BearerToken = "a-token" });
        Assert.Equal(status, (await rig.PostAsync(Fixture.Bytes(Fixture.GrafanaFiring), ("Authorization", authorization))).Status);
    }

    [Theory]
    [InlineData("grafana:pass:wörd", 202)]
    [InlineData("grafana:pass", 401)]
    [InlineData("grafana", 401)]
    [InlineData(":pass:wörd", 401)]
    [InlineData("Grafana:pass:wörd", 401)]
    public async Task User_and_password_must_be_the_configured_ones(string pair, int status)
    {
        var rig = new WebhookRig(new() { BasicUser = "grafana", BasicPassword = "pass:wörd" });
        Assert.Equal(status, (await rig.PostAsync(Fixture.Bytes(Fixture.GrafanaFiring), ("Authorization", Basic(pair)))).Status);
    }

    [Fact]
    public async Task Basic_credentials_that_are_no_base64_are_refused()
    {
        var rig = new WebhookRig(new() { BasicUser = "grafana", BasicPassword = "x" });
        Assert.Equal(401, (await rig.PostAsync("{}", ("Authorization", "Basic %%%"))).Status);
    }

    [Fact]
    public async Task An_oversized_credential_is_refused()
    {
        var rig = new WebhookRig(All);
        Assert.Equal(401, (await rig.PostAsync("{}", ("Authorization", "Bearer " + new string('x', 5000)))).Status);
        Assert.Equal(401, (await rig.PostAsync("{}", ("Authorization", "Basic " + new string('A', 4080)))).Status);
    }

    [Fact]
    public async Task With_all_configured_any_right_one_admits()
    {
        var body = Fixture.Bytes(Fixture.GrafanaFiring);
        Assert.Equal(202, (await new WebhookRig(All).PostAsync(body, (Signature, BodyMac))).Status);
        Assert.Equal(202, (await new WebhookRig(All).PostAsync(body, ("Authorization", "Bearer a-token"))).Status);
        Assert.Equal(202, (await new WebhookRig(All).PostAsync(body, ("Authorization", Basic("grafana:pass:wörd")))).Status);
        Assert.Equal(401, (await new WebhookRig(All).PostAsync(body)).Status);
    }

    [Fact]
    public async Task A_wrong_signature_is_refused_even_beside_a_right_token()
    {
        var rig = new WebhookRig(All);
        var response = await rig.PostAsync(Fixture.Bytes(Fixture.GrafanaResolved), (Signature, BodyMac), ("Authorization", "Bearer a-token"));
        Assert.Equal(401, response.Status);
    }

    [Fact]
    public async Task With_a_secret_alone_a_token_does_not_admit()
    {
        var rig = new WebhookRig(new() { HmacSecret = "repair-secret" });
        Assert.Equal(401, (await rig.PostAsync(Fixture.Bytes(Fixture.GrafanaFiring), ("Authorization", "Bearer repair-secret"))).Status);
    }

    [Fact]
    public async Task The_challenge_names_every_way_in()
    {
        var response = await new WebhookRig(All).PostAsync("{}");
        Assert.Equal(
            ["HMAC-SHA256 header=\"X-Grafana-Alerting-Signature\"", "Bearer realm=\"grafana\"", "Basic realm=\"grafana\", charset=\"UTF-8\""],
            response.Challenges.ToArray().AsEnumerable());
    }

    [Fact]
    public async Task Credentials_are_checked_before_the_body_is_read()
    {
        Assert.Equal(401, (await new WebhookRig(All).PostAsync("not json")).Status);
    }

    [Fact]
    public async Task No_secret_reaches_the_log_or_the_answer()
    {
        var rig = new WebhookRig(All);
        var answers = new StringBuilder(All.Describe());
        foreach (var header in new[] { ("Authorization", "Bearer a-token-guess"), ("Authorization", Basic("grafana:guess")), (Signature, "guess") })
            answers.Append(Encoding.UTF8.GetString((await rig.PostAsync("{}", header)).Body.Span));
        var told = answers + string.Concat(rig.Log.Lines.Select(line => line.Message));
        Assert.Equal(3, rig.Log.Lines.Count);
        foreach (var secret in new[] { "repair-secret", "a-token", "pass:wörd", "guess" })
            Assert.DoesNotContain(secret, told);
    }

    private static string Basic(string pair) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(pair));
}
