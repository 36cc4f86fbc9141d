using System.Collections.Frozen;
using Pipeline.Hotpath.Cluster.Kubernetes.Translation;

namespace Pipeline.Hotpath.Tests.Cluster.Kubernetes;

public class PodConstraintsTests
{
    private static readonly FrozenSet<string> Tolerable = FrozenSet.Create("nvidia.com/gpu", "dedicated");

    [Theory]
    [InlineData("\"nodeSelector\":{\"disk\":\"nvme\"}", true)]
    [InlineData("\"nodeSelector\":{\"disk\":\"hdd\"}", false)]
    [InlineData("\"nodeSelector\":{\"rack\":\"1\"}", false)]
    [InlineData("\"nodeSelector\":{\"pipeline.gpu/group\":\"other\"}", true)]
    public void A_selector_asks_for_labels_unless_it_is_the_machine_group(string spec, bool admitted) => Assert.Equal(admitted, Admits(spec));

    [Theory]
    [InlineData("In", "\"nvme\",\"ssd\"", true)]
    [InlineData("In", "\"hdd\"", false)]
    [InlineData("NotIn", "\"hdd\"", true)]
    [InlineData("NotIn", "\"nvme\"", false)]
    [InlineData("Exists", "", true)]
    [InlineData("DoesNotExist", "", false)]
    public void Required_node_affinity_is_kept(string operation, string values, bool admitted)
        => Assert.Equal(admitted, Admits(Affinity($$"""{"matchExpressions":[{"key":"disk","operator":"{{operation}}","values":[{{values}}]}] }""")));

    [Fact]
    public void One_of_several_terms_is_enough_and_all_expressions_of_a_term_are_needed()
    {
        const string Right = """{"key":"disk","operator":"Exists"}""";
        const string Wrong = """{"key":"disk","operator":"In","values":["hdd"]}""";
        Assert.True(Admits(Affinity($$"""{"matchExpressions":[{{Wrong}}]},{"matchExpressions":[{{Right}}]}""")));
        Assert.False(Admits(Affinity($$"""{"matchExpressions":[{{Wrong}},{{Right}}]}""")));
        Assert.True(Admits(Affinity("""{"matchFields":[{"key":"metadata.name","operator":"In","values":["n1"]}]}""")));
        Assert.True(Admits(Affinity("""{"matchExpressions":[{"key":"cores","operator":"Gt","values":["10"]}]}""")));
        Assert.False(Admits(Affinity("""{"matchExpressions":[{"key":"cores","operator":"Lt","values":["10"]}]}""")));
        Assert.False(Admits(Affinity("{}")));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("\"tolerations\":[{\"key\":\"dedicated\",\"operator\":\"Exists\"}]", true)]
    [InlineData("\"tolerations\":[{\"key\":\"dedicated\",\"value\":\"vision\",\"effect\":\"NoSchedule\"}]", true)]
    [InlineData("\"tolerations\":[{\"key\":\"dedicated\",\"value\":\"vision\",\"effect\":\"NoExecute\"}]", false)]
    [InlineData("\"tolerations\":[{\"key\":\"dedicated\",\"value\":\"speech\"}]", false)]
    [InlineData("\"tolerations\":[{\"operator\":\"Exists\"}]", true)]
    public void A_tolerable_taint_keeps_off_who_does_not_tolerate_it(string spec, bool admitted)
        => Assert.Equal(admitted, Admits(spec, "\"taints\":[{\"key\":\"dedicated\",\"value\":\"vision\",\"effect\":\"NoSchedule\"}]"));

    [Theory]
    [InlineData("not-ready", "NoExecute", true)]
    [InlineData("unreachable", "NoExecute", true)]
    [InlineData("not-ready", "NoSchedule", false)]
    [InlineData("unschedulable", "NoSchedule", false)]
    [InlineData("network-unavailable", "NoExecute", false)]
    public void Only_the_tolerations_that_every_pod_is_given_distinguish_no_pods(string taint, string effect, bool alike)
    {
        var tolerant = $"\"tolerations\":[{{\"key\":\"node.kubernetes.io/{taint}\",\"operator\":\"Exists\",\"effect\":\"{effect}\"}}]";
        Assert.Equal(alike, PodConstraints.Of(Objects.Pod(tolerant)).Key == PodConstraints.Of(Objects.Pod("")).Key);
    }

    [Fact]
    public void A_device_that_a_node_does_not_have_is_not_asked_of_it()
    {
        Assert.True(PodConstraints.Of(Objects.Asking("\"nvidia.com/gpu\":8")).Admits(Objects.Node(), Tolerable));
        Assert.False(PodConstraints.Of(Objects.Asking("\"nvidia.com/gpu\":1")).Admits(Objects.Node(gpus: "0"), Tolerable));
        Assert.False(PodConstraints.Of(Objects.Asking("\"nvidia.com/mig-1g.10gb\":1")).Admits(Objects.Node(), Tolerable));
        Assert.False(PodConstraints.Of(Objects.Asking("\"rdma/hca\":1")).Admits(Objects.Node(), Tolerable));
    }

    [Theory]
    [InlineData("ephemeral-storage", "80Gi", true)]
    [InlineData("ephemeral-storage", "120Gi", false)]
    [InlineData("hugepages-2Mi", "0", true)]
    [InlineData("hugepages-2Mi", "64Mi", false)]
    public void A_node_that_has_less_storage_or_huge_pages_than_the_pod_asks_for_will_not_do(string resource, string amount, bool admitted)
        => Assert.Equal(
            admitted,
            PodConstraints.Of(Objects.Asking($"\"{resource}\":\"{amount}\"")).Admits(Objects.Node(allocatable: "\"ephemeral-storage\":\"100Gi\""), Tolerable));

    [Fact]
    public void An_affinity_that_cannot_be_read_is_an_error_that_names_the_field()
    {
        var error = Assert.Throws<FormatException>(() => PodConstraints.Of(Objects.Pod(Affinity("""{"matchExpressions":[{"key":"disk","operator":"Near"}]}"""))));

        Assert.StartsWith("spec.affinity.nodeAffinity", error.Message, StringComparison.Ordinal);
    }

    private static bool Admits(string spec, string node = "")
        => PodConstraints.Of(Objects.Pod(spec)).Admits(Objects.Node(metadata: "\"labels\":{\"disk\":\"nvme\",\"cores\":\"64\"}", spec: node), Tolerable);

    private static string Affinity(string terms)
        => "\"affinity\":{\"nodeAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":{\"nodeSelectorTerms\":[" + terms + "]}}}";
}
