using System.Text.Json.Nodes;

namespace Pipeline.TestControlPlane.Tests;

public sealed class ResourcesTests
{
    [Theory]
    [InlineData("1500m", 1.5)]
    [InlineData("2", 2)]
    [InlineData("0.5", 0.5)]
    [InlineData("1e3", 1000)]
    [InlineData("2E", 2e18)]
    [InlineData("1Gi", 1073741824)]
    [InlineData("3M", 3e6)]
    public void A_quantity_is_read(string text, double value) => Assert.Equal((decimal)value, Quantity.Parse(text));

    [Fact]
    public void A_pod_asks_for_its_containers_together_or_for_its_largest_init_container()
    {
        var spec = JsonNode.Parse("""
            {
              "initContainers": [{"resources": {"requests": {"cpu": "3", "memory": "1Gi"}}}, {"resources": {"requests": {"cpu": "1"}}}],
              "containers": [
                {"resources": {"requests": {"cpu": "500m", "memory": "2Gi", "nvidia.com/gpu": "2"}}},
                {"resources": {"requests": {"cpu": "500m", "nvidia.com/gpu": "1"}}},
                {}
              ]
            }
            """)!;
        Assert.Equal(new Resources(3, 2L << 30, 3, 1), Resources.OfPod(spec));
    }

    [Fact]
    public void What_is_short_first_is_named()
    {
        var node = Resources.Of(new NodeTemplate { Cpu = "4", Memory = "1Gi", Gpus = 2, Pods = 2 });
        var used = new Resources(3, 0, 2, 1);
        Assert.Equal(new Shortage("cpu", 2, 3, 4), node.ShortageOf(new Resources(2, 0, 1, 1), used));
        Assert.Equal(new Shortage("nvidia.com/gpu", 1, 2, 2), node.ShortageOf(new Resources(1, 0, 1, 1), used));
        Assert.Equal(new Shortage("pods", 1, 2, 2), node.ShortageOf(new Resources(0, 0, 0, 1), used with { Pods = 2 }));
        Assert.Null(node.ShortageOf(new Resources(1, 1L << 30, 0, 1), used));
    }
}
