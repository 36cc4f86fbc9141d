namespace Pipeline.EndToEnd.Tests;

/// <summary>Settings that are wrong.</summary>
public class SettingsTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("Jira:ProjectKey", "GPU", "Jira:BaseUrl")]
    [InlineData("Hotpath:Loop:MaxBatch", "many", "Hotpath: Failed to convert configuration value 'many' at 'Hotpath:Loop:MaxBatch'")]
    [InlineData("Hotpath:Loop:MaxBach", "64", "Hotpath: there is no setting 'MaxBach'.")]
    [InlineData("Slack:Token", "secret", "Slack: there is no setting 'Token'.")]
    [InlineData("Grafana:HmacSecrets", "secret", "Grafana:HmacSecrets is no setting; there are HmacSecret, ")]
    public async Task Nothing_is_begun_with_a_setting_that_stops_the_start(string name, string value, string problem)
    {
        using var product = new Product(new Dictionary<string, string> { [name] = value });
        product.Launch();
        Assert.True(await product.EndsAsync(Bound) == 1, product.Output);
        Assert.Contains($"Pipeline did not start. {problem}", product.Output);
        Assert.DoesNotContain("secret", product.Output);
        Assert.False(Directory.Exists(Path.Combine(product.Data, "hotpath")));
    }
}
