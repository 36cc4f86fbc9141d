using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Pipeline.Functions.GrafanaWebhook;

namespace Pipeline.Functions.Tests.GrafanaWebhook;

public sealed class GrafanaOptionsTests
{
    [Fact]
    public void Settings_are_read_by_name_and_empty_ones_are_absent()
    {
        var options = From(("HmacSecret", "s"), ("TimestampHeader", "X-T"), ("BearerToken", ""), ("BasicUser", "u"), ("BasicPassword", "p"), ("SkewSeconds", "60"));
        Assert.Equal(("s", "X-T", null, "u", "p", 60), (options.HmacSecret, options.TimestampHeader, options.BearerToken, options.BasicUser, options.BasicPassword, options.SkewSeconds));
        Assert.Equal(GrafanaOptions.DefaultSignatureHeader, options.SignatureHeader);
        options.Validate(isLoopback: false);
    }

    [Fact]
    public void Without_credentials_only_loopback_is_allowed()
    {
        var options = From();
        Assert.False(options.RequiresCredentials);
        options.Validate(isLoopback: true);
        var error = Assert.Throws<OptionsValidationException>(() => options.Validate(isLoopback: false));
        Assert.Contains("Grafana:HmacSecret", error.Message);
        Assert.Contains("loopback", options.Describe());
    }

    [Theory]
    [InlineData("HmacSecret")]
    [InlineData("BearerToken")]
    public void One_credential_is_enough_for_a_network(string name)
    {
        var options = From((name, "x"));
        Assert.True(options.RequiresCredentials);
        options.Validate(isLoopback: false);
    }

    [Theory]
    [InlineData("Grafana:SkewSeconds", "SkewSeconds", "0")]
    [InlineData("Grafana:SkewSeconds", "SkewSeconds", "3601")]
    [InlineData("Grafana:SkewSeconds", "SkewSeconds", "soon")]
    [InlineData("Grafana:HmacSecret", "HmacSecret", " ")]
    [InlineData("Grafana:BearerToken", "BearerToken", "\t")]
    [InlineData("Grafana:BasicPassword", "BasicUser", "u")]
    [InlineData("Grafana:BasicUser", "BasicPassword", "p")]
    [InlineData("Grafana:BasicUser", "BasicUser", "u:v")]
    [InlineData("Grafana:TimestampHeader", "TimestampHeader", "X-T")]
    [InlineData("Grafana:SignatureHeader", "SignatureHeader", "X Sig:")]
    public void A_wrong_setting_is_named(string named, string name, string value)
    {
        var error = Assert.Throws<OptionsValidationException>(() => From((name, value)).Validate(isLoopback: true));
        Assert.Contains(named, error.Message);
    }

    private static GrafanaOptions From(params (string Name, string Value)[] settings) => GrafanaOptions.From(
        new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(s => $"Grafana:{s.Name}", s => (string?)s.Value)).Build());
}
