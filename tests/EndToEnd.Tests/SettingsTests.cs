namespace Pipeline.EndToEnd.Tests;

/// <summary>Settings that are wrong.</summary>
public class SettingsTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Nothing_is_begun_with_a_setting_that_stops_the_start()
    {
        using var product = new Product(new Dictionary<string, string> { ["Jira:ProjectKey"] = "GPU" });
        product.Launch();
        Assert.True(await product.EndsAsync(Bound) == 1, product.Output);
        Assert.Contains("Pipeline did not start. Jira:BaseUrl", product.Output);
        Assert.False(Directory.Exists(Path.Combine(product.Data, "hotpath")));
    }
}
