using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Tests.Cluster.Kubernetes;

/// <content>What becomes of the mark of a run, whoever writes the node.</content>
public partial class KubernetesModelTests
{
    private const string OurTaint = """{"key":"pipeline.gpu/quarantined","value":"r-1","effect":"NoSchedule"}""";
    private const string OtherTaint = """{"key":"other","value":"a","effect":"PreferNoSchedule"}""";

    [Theory]
    [InlineData("taken off", "kubectl-taint", OtherTaint, "r-1", "")]
    [InlineData("written again by the node lifecycle controller", "kube-controller-manager", OtherTaint, "", "r-1")]
    [InlineData("overwritten by one who adds", "x", OtherTaint + ",{\"key\":\"node.kubernetes.io/not-ready\",\"effect\":\"NoSchedule\"}", "", "r-1")]
    [InlineData("overwritten by one who removes", "x", "", "", "r-1")]
    [InlineData("overwritten by one who changes", "x", "{\"key\":\"other\",\"value\":\"b\",\"effect\":\"PreferNoSchedule\"}", "", "r-1")]
    public void A_taint_that_went_with_a_write_about_other_taints_was_taken_off_by_nobody(string how, string manager, string taints, string lifted, string lost)
    {
        Put(Marked(OurTaint + "," + OtherTaint));
        _model.List();

        Put(Marked(taints, manager: manager));
        // Until it is back, whatever else is written.
        Put(Marked(taints, gpus: "4"));

        var node = NodeTold();
        Assert.Equal((how, "r-1", lifted, lost), (how, node.Mark, node.Lifted, node.Lost));
    }

    [Theory]
    [InlineData("kubectl-taint", "r-1", "")]
    [InlineData("kube-controller-manager", "", "r-1")]
    public void A_taint_that_was_gone_before_the_node_was_known_was_taken_off_by_who_wrote_the_taints_last(string manager, string lifted, string lost)
    {
        Put(Marked(OtherTaint, manager: manager));

        var node = Assert.Single(_model.List().Nodes);
        Assert.Equal(("r-1", lifted, lost), (node.Mark, node.Lifted, node.Lost));
    }

    [Fact]
    public void A_lost_taint_is_one_until_it_is_back_or_a_person_opens_the_node()
    {
        Put(Marked(OurTaint));
        _model.List();

        Put(Marked(OtherTaint));
        Assert.Equal("r-1", NodeTold().Lost);
        Put(Marked(OurTaint + "," + OtherTaint));
        Assert.Equal("", NodeTold().Lost);
        Put(Marked(""));
        Assert.Equal("r-1", NodeTold().Lost);
        Put(Marked("", cordoned: false));
        Assert.Equal(("r-1", ""), NodeTold() is var opened ? (opened.Lifted, opened.Lost) : default);
    }

    [Fact]
    public void A_taint_that_is_lost_again_before_anybody_heard_that_it_was_back_is_news()
    {
        Put(Marked(OurTaint));
        _model.List();
        Put(Marked(OtherTaint));
        Assert.Equal("r-1", NodeTold().Lost);

        Put(Marked(OurTaint + "," + OtherTaint));
        Put(Marked("{\"key\":\"other\",\"value\":\"b\",\"effect\":\"PreferNoSchedule\"}"));
        Assert.Equal("r-1", NodeTold().Lost);
        Put(Marked(OtherTaint));
        Assert.Empty(Events());
    }

    [Fact]
    public void A_mark_that_is_taken_off_as_a_whole_opens_the_node()
    {
        Put(Marked(OurTaint));
        _model.List();

        Put(Objects.Node());
        Assert.Equal(("", "r-1"), NodeTold() is var opened ? (opened.Mark, opened.Lifted) : default);
        Put(Objects.Node(gpus: "4"));
        Assert.Equal("", NodeTold().Lifted);
        Put(Marked(OurTaint, gpus: "4"));
        Put(Objects.Node(gpus: "4"));
        Assert.Equal("r-1", NodeTold().Lifted);
    }

    [Fact]
    public void A_mark_that_was_taken_off_before_a_listing_opens_the_node()
    {
        Put(Marked(OurTaint));
        _model.List();

        Put(Objects.Node());

        var node = Assert.Single(_model.List().Nodes);
        Assert.Equal(("", "r-1"), (node.Mark, node.Lifted));
        Assert.Empty(Events());
        Assert.Equal("", Assert.Single(_model.List().Nodes).Lifted);
    }

    [Fact]
    public void A_mark_that_is_back_before_anybody_heard_that_it_was_gone_is_news()
    {
        Put(Objects.Node(spec: $"\"taints\":[{OurTaint}]"));
        _model.List();

        Put(Objects.Node());
        Put(Objects.Node(spec: $"\"taints\":[{OurTaint}]"));

        Assert.Equal("r-1", NodeTold().Mark);
        Put(Objects.Node(spec: $"\"taints\":[{OurTaint}]"));
        Assert.Empty(Events());
    }

    private static Node Marked(string taints, bool cordoned = true, string gpus = "8", string manager = "x") => Objects.Node(
        metadata: "\"annotations\":{\"pipeline.gpu/run\":\"r-1\",\"pipeline.gpu/cordon-owner\":\"r-1\"},"
            + $"\"managedFields\":[{{\"manager\":\"{manager}\",\"operation\":\"Update\",\"fieldsV1\":{{\"f:spec\":{{\"f:taints\":{{}}}}}}}}]",
        spec: $"\"unschedulable\":{(cordoned ? "true" : "false")},\"taints\":[{taints}]",
        gpus: gpus);
}
