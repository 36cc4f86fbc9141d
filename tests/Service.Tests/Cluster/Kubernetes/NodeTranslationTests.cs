using System.Collections.Frozen;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Kubernetes.Translation;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Tests.Cluster.Kubernetes;

public class NodeTranslationTests
{
    private const string OurTaint = """{"key":"pipeline.gpu/quarantined","value":"r-1","effect":"NoSchedule"}""";
    private static readonly FrozenSet<string> Tolerable = FrozenSet.Create("nvidia.com/gpu");

    [Fact]
    public void A_node_has_what_it_may_give_away()
    {
        var node = Of(Objects.Node(
            metadata: "\"labels\":{\"nvidia.com/gpu.product\":\"H100\",\"pipeline.gpu/zone\":\"large\"},\"creationTimestamp\":\"1970-01-01T00:00:02Z\""));

        Assert.Equal(new ClusterNode("n1", 8, 64_000, 512 * 1024, "H100", -1, true, "") { MadeAt = 2_000, Zone = NodeZone.Large, Mark = "" }, node);
    }

    [Theory]
    [InlineData("", int.MaxValue)]
    [InlineData("\"pods\":\"110\"", 110)]
    [InlineData("\"pods\":\"0\"", 0)]
    [InlineData("\"pods\":\"3G\"", int.MaxValue)]
    public void A_node_has_as_many_pods_as_its_kubelet_admits(string allocatable, int most)
        => Assert.Equal(most, Of(Objects.Node(allocatable: allocatable)).MaxWorkloads);

    [Fact]
    public void Our_own_group_goes_before_the_product() => Assert.Equal("train", Of(Objects.Node(
        metadata: "\"labels\":{\"nvidia.com/gpu.product\":\"H100\",\"pipeline.gpu/group\":\"train\"}")).Group);

    [Fact]
    public void Slices_make_up_the_GPUs_of_a_node_that_has_no_whole_ones() => Assert.Equal(2, Of(Objects.Read<Node>(
        """{"metadata":{"name":"n1"},"status":{"allocatable":{"nvidia.com/gpu":"0","nvidia.com/mig-1g.10gb":"7","nvidia.com/mig-3g.40gb":"2"}}}""")).GpuCount);

    [Theory]
    [InlineData("\"nvidia.com/gpu\":\"16\"", "")]
    [InlineData("\"nvidia.com/gpu\":\"56\"", "nvidia.com/gpu: 56 are more than the 16 that are given away at once")]
    [InlineData("\"nvidia.com/mig-1g.10gb\":\"140\"", "nvidia.com/gpu: 20 are more than the 16 that are given away at once")]
    public void A_node_that_shares_its_GPUs_out_in_many_parts_is_taken_with_as_many_as_a_node_can_have(string allocatable, string problem)
    {
        var translated = Translated(Objects.Read<Node>($$"""{"metadata":{"name":"n1"},"status":{"allocatable":{ {{allocatable}} } } }"""));

        Assert.Equal((16, problem), (translated.Node.GpuCount, string.Join("", translated.Problems)));
    }

    [Fact]
    public void A_zone_that_there_is_not_is_told_and_open_to_all()
    {
        var translated = Translated(Objects.Node(metadata: "\"labels\":{\"pipeline.gpu/zone\":\"huge\"}"));

        Assert.Equal((NodeZone.Any, "pipeline.gpu/zone: 'huge' is none of small, medium, large"), (translated.Node.Zone, Assert.Single(translated.Problems)));
    }

    [Theory]
    [InlineData("True", true)]
    [InlineData("False", false)]
    [InlineData("Unknown", false)]
    public void A_node_is_reachable_while_its_kubelet_says_that_it_is_ready(string ready, bool reachable) => Assert.Equal(reachable, Of(Objects.Read<Node>(
        $$"""{"metadata":{"name":"n1"},"status":{"conditions":[{"type":"Ready","status":"{{ready}}"}] } }""")).Reachable);

    [Theory]
    [InlineData("", "", "")]
    [InlineData("\"unschedulable\":true", "", "person")]
    [InlineData("\"unschedulable\":true", "\"pipeline.gpu/run\":\"r-1\",\"pipeline.gpu/cordon-owner\":\"person\"", "person")]
    [InlineData("\"unschedulable\":true,\"taints\":[" + OurTaint + "]", "\"pipeline.gpu/run\":\"r-1\",\"pipeline.gpu/cordon-owner\":\"r-1\"", "r-1")]
    [InlineData("\"unschedulable\":true,\"taints\":[" + OurTaint + "]", "\"pipeline.gpu/run\":\"r-1\",\"pipeline.gpu/cordon-owner\":\"person\"", "person")]
    [InlineData("\"taints\":[{\"key\":\"dedicated\",\"value\":\"x\",\"effect\":\"NoSchedule\"}]", "", "person")]
    [InlineData("\"taints\":[{\"key\":\"dedicated\",\"value\":\"x\",\"effect\":\"NoExecute\"}]", "", "person")]
    [InlineData("\"taints\":[{\"key\":\"dedicated\",\"value\":\"x\",\"effect\":\"PreferNoSchedule\"}]", "", "")]
    [InlineData("\"taints\":[{\"key\":\"nvidia.com/gpu\",\"effect\":\"NoSchedule\"}]", "", "")]
    [InlineData("\"taints\":[{\"key\":\"node.kubernetes.io/not-ready\",\"effect\":\"NoExecute\"}]", "", "")]
    public void A_cordon_belongs_to_whoever_set_it(string spec, string annotations, string owner)
        => Assert.Equal(owner, Of(Objects.Node(metadata: $"\"annotations\":{{{annotations}}}", spec: spec)).CordonOwner);

    [Theory]
    [InlineData("\"unschedulable\":true,\"taints\":[" + OurTaint + "]", "r-1", "")]
    [InlineData("\"unschedulable\":false,\"taints\":[" + OurTaint + "]", "r-1", "r-1")]
    [InlineData("\"unschedulable\":true", "r-1", "r-1")]
    [InlineData("\"unschedulable\":true,\"taints\":[" + OurTaint + "]", "person", "")]
    [InlineData("\"unschedulable\":false,\"taints\":[" + OurTaint + "]", "person", "")]
    public void A_mark_that_lacks_a_part_was_lifted_by_a_person(string spec, string cordonOwner, string lifted)
    {
        var annotations = $"\"annotations\":{{\"pipeline.gpu/run\":\"r-1\",\"pipeline.gpu/cordon-owner\":\"{cordonOwner}\"}}";

        var node = Of(Objects.Node(metadata: annotations, spec: spec));

        Assert.Equal((lifted, "r-1"), (node.Lifted, node.Mark));
    }

    private static TranslatedNode Translated(Node node) => TranslatedNode.Of(node, NodeMarks.Of(node), Tolerable);

    private static ClusterNode Of(Node node) => Translated(node).Node;
}
