using Pipeline.Contracts.Cluster;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Cluster.Kubernetes.Translation;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Tests.Cluster.Kubernetes;

public class PodTranslationTests
{
    [Fact]
    public void Containers_count_together_and_the_overhead_with_them()
    {
        var pod = Objects.Pod(Objects.Containers("\"cpu\":\"1500m\",\"memory\":\"1Gi\",\"nvidia.com/gpu\":2", "\"cpu\":1,\"memory\":\"512Mi\"")
            + ",\"overhead\":{\"cpu\":\"250m\",\"memory\":\"1\"}");

        var workload = TranslatedPod.Of(pod).Workload;

        Assert.Equal((2, 1000, 2750L, 1537L), (workload.GpuCount, workload.GpuMilli, workload.CpuMilli, workload.MemoryMib));
        Assert.Equal(("team/w", ""), (workload.Name, workload.Node));
    }

    [Fact]
    public void What_the_pod_asks_for_as_a_whole_goes_before_the_sum_of_its_containers()
    {
        var workload = TranslatedPod.Of(Objects.Asking(
            "\"cpu\":\"2\",\"memory\":\"1Gi\",\"nvidia.com/gpu\":\"1\"", "\"resources\":{\"requests\":{\"cpu\":\"6\",\"hugepages-2Mi\":\"4Mi\"}},\"overhead\":{\"cpu\":\"250m\"}")).Workload;

        Assert.Equal((1, 6250L, 1024L), (workload.GpuCount, workload.CpuMilli, workload.MemoryMib));
    }

    [Fact]
    public void An_init_container_counts_where_it_needs_more_than_what_runs_later()
    {
        const string Init = """
            "initContainers":[
              {"name":"a","resources":{"requests":{"cpu":"4","memory":"1Gi"}}},
              {"name":"sidecar","restartPolicy":"Always","resources":{"requests":{"cpu":"1","memory":"2Gi"}}},
              {"name":"b","resources":{"requests":{"cpu":"2","memory":"8Gi"}}}]
            """;
        var workload = TranslatedPod.Of(Objects.Asking("\"cpu\":\"2\",\"memory\":\"4Gi\"", Init)).Workload;

        // CPU: the first init container alone; memory: the last beside the sidecar that was started before it.
        Assert.Equal((4000L, 10L * 1024), (workload.CpuMilli, workload.MemoryMib));
    }

    [Theory]
    [InlineData("it is to have less", "2", "4", "4", "", 4)]
    [InlineData("its node has set less aside", "2", "4", "2", "", 4)]
    [InlineData("its node keeps more for it", "2", "2", "4", "", 4)]
    [InlineData("it is to have more", "4", "2", "2", "Deferred", 4)]
    [InlineData("its node cannot give it more", "8", "2", "2", "Infeasible", 2)]
    [InlineData("an older server does not say", "2", "", "", "", 2)]
    public void A_container_that_is_resized_counts_with_the_more_of_what_it_has_and_asks_for(string what, string asks, string has, string kept, string pending, int cpus)
    {
        var state = has.Length == 0 ? "{\"name\":\"c0\"}" : $$"""{"name":"c0","resources":{"requests":{"cpu":"{{has}}"} },"allocatedResources":{"cpu":"{{kept}}"} }""";
        var init = $$"""{"name":"c0","restartPolicy":"Always","resources":{"requests":{"cpu":"{{asks}}"} } }""";
        var status = $"\"conditions\":[{{\"type\":\"PodResizePending\",\"status\":\"True\",\"reason\":\"{pending}\"}}]";

        var pod = Objects.Pod(Objects.Containers($"\"cpu\":\"{asks}\""), status: $"{status},\"containerStatuses\":[{state}]");
        var sidecar = Objects.Pod($"\"initContainers\":[{init}]", status: $"{status},\"initContainerStatuses\":[{state}]");

        Assert.Equal((what, 1000L * cpus, 1000L * cpus), (what, TranslatedPod.Of(pod).Workload.CpuMilli, TranslatedPod.Of(sidecar).Workload.CpuMilli));
    }

    [Theory]
    [InlineData("\"cpu\":\"8E\",\"memory\":\"8Ei\"", "")]
    [InlineData("\"cpu\":1", "\"initContainers\":[{\"name\":\"a\",\"restartPolicy\":\"Always\",\"resources\":{\"requests\":{\"cpu\":\"5E\",\"memory\":\"5Ei\"}}},{\"name\":\"b\",\"restartPolicy\":\"Always\",\"resources\":{\"requests\":{\"cpu\":\"5E\",\"memory\":\"5Ei\"}}}]")]
    public void Who_asks_for_more_than_there_can_be_is_not_taken_for_one_who_asks_for_less_than_nothing(string requests, string init)
    {
        var workload = TranslatedPod.Of(Objects.Asking(requests, init)).Workload;

        Assert.True(workload.CpuMilli > 1L << 50, $"{workload.CpuMilli}");
        Assert.True(workload.MemoryMib > 1L << 40, $"{workload.MemoryMib}");
    }

    [Theory]
    [InlineData("\"nvidia.com/mig-1g.10gb\":1", "", 1, 142)]
    [InlineData("\"nvidia.com/mig-2g.20gb\":2", "", 1, 571)]
    [InlineData("\"nvidia.com/mig-3g.40gb\":3", "", 2, 1000)]
    [InlineData("\"nvidia.com/mig-7g.80gb\":1", "", 1, 1000)]
    [InlineData("\"cpu\":1", "250", 1, 250)]
    [InlineData("\"nvidia.com/gpu\":1", "250", 1, 250)]
    [InlineData("\"nvidia.com/gpu\":1", "", 1, 1000)]
    [InlineData("\"nvidia.com/gpu\":2", "250", 2, 1000)]
    [InlineData("\"cpu\":1", "", 0, 1000)]
    [InlineData("\"cpu\":1", "1001", 0, 1000)]
    public void Shares_and_slices_are_parts_of_a_GPU(string requests, string milli, int count, int each)
    {
        var metadata = milli.Length == 0 ? "" : $"\"annotations\":{{\"pipeline.gpu/gpu-milli\":\"{milli}\"}}";

        var workload = TranslatedPod.Of(Objects.Asking(requests, metadata: metadata)).Workload;

        Assert.Equal((count, each), (workload.GpuCount, workload.GpuMilli));
    }

    [Fact]
    public void Labels_say_what_the_workload_is()
    {
        var labels = TranslatedPod.Of(Objects.Asking("\"cpu\":1", metadata: """
            "labels":{"pipeline.gpu/project":"vision","pipeline.gpu/provisioning":"spot","pipeline.gpu/category":"serving","pipeline.gpu/purpose":"qa",
                      "pipeline.gpu/gang":"g","pipeline.gpu/urgent":"true","pipeline.gpu/profile":"h100-2"},
            "annotations":{"pipeline.gpu/gang-min":"4","pipeline.gpu/topology":"hard:1","pipeline.gpu/expected-duration":"1h30m","pipeline.gpu/checkpoint-age":"90"},
            "ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"web-1","uid":"o","controller":true}]
            """)).Workload.Labels;

        Assert.Equal(("vision", Provisioning.Spot, Category.Serving, Purpose.Qa, true), (labels.Project, labels.Provisioning, labels.Category, labels.Purpose, labels.Urgent));
        Assert.Equal(new GangLabel("g", 4, GangTopology.Hard, 1), labels.Gang);
        Assert.Equal((5400, 90, "ReplicaSet/web-1", "h100-2"), (labels.ExpectedSeconds, labels.CheckpointAge, labels.Service, labels.Profile));
    }

    [Fact]
    public void What_cannot_be_read_has_its_default_and_is_named()
    {
        var pod = TranslatedPod.Of(Objects.Asking("\"nvidia.com/gpu\":2", "\"nodeName\":\"n1\"", """
            "labels":{"pipeline.gpu/provisioning":"Spot","pipeline.gpu/category":"x","pipeline.gpu/purpose":"","pipeline.gpu/gang":"g"},
            "annotations":{"pipeline.gpu/gang-min":"-1","pipeline.gpu/topology":"hard","pipeline.gpu/expected-duration":"soon","pipeline.gpu/gpus":"0x1","pipeline.gpu/gpu-milli":"half"}
            """));

        Assert.Equal(
            ["pipeline.gpu/gpu-milli", "pipeline.gpu/gpus", "pipeline.gpu/category", "pipeline.gpu/provisioning", "pipeline.gpu/purpose", "pipeline.gpu/expected-duration", "pipeline.gpu/gang-min", "pipeline.gpu/topology"],
            pod.Problems.Select(problem => problem[..problem.IndexOf(':')]));
        Assert.Equal(WorkloadLabels.None with { Gang = new GangLabel("g") }, pod.Workload.Labels);
        Assert.Equal((2, 0u), (pod.Workload.GpuCount, pod.Workload.GpuMask));
    }

    [Theory]
    [InlineData("0x0f", 0x0fu)]
    [InlineData("f0", 0xf0u)]
    [InlineData("0x07", 0u)]
    [InlineData("fifteen", 0u)]
    public void The_GPUs_of_a_bound_pod_are_what_its_annotation_says(string annotation, uint mask)
    {
        var metadata = $"\"annotations\":{{\"pipeline.gpu/gpus\":\"{annotation}\"}}";

        Assert.Equal(mask, TranslatedPod.Of(Objects.Asking("\"nvidia.com/gpu\":4", "\"nodeName\":\"n1\"", metadata)).Workload.GpuMask);
        Assert.Equal(0u, TranslatedPod.Of(Objects.Asking("\"nvidia.com/gpu\":4", metadata: metadata)).Workload.GpuMask);
    }

    [Fact]
    public void A_pod_group_is_a_gang()
    {
        var pod = Objects.Asking("\"cpu\":1", metadata: "\"annotations\":{\"scheduling.k8s.io/group-name\":\"job-1\"}");
        var group = Objects.Read<PodGroup>("""{"spec":{"minMember":8,"networkTopology":{"mode":"hard","highestTierAllowed":1}}}""");

        Assert.Equal("job-1", PodTranslation.PodGroupOf(pod));
        Assert.Equal(new GangLabel("job-1", 8, GangTopology.Hard, 1), TranslatedPod.Of(pod, group).Workload.Labels.Gang);
        Assert.Equal(new GangLabel("job-1"), TranslatedPod.Of(pod).Workload.Labels.Gang);
    }

    [Theory]
    [InlineData("", "", "", PodStanding.Pending)]
    [InlineData("\"schedulingGates\":[{\"name\":\"quota\"}]", "", "", PodStanding.Gated)]
    [InlineData("\"nodeName\":\"n1\"", "", "", PodStanding.Bound)]
    [InlineData("\"nodeName\":\"n1\"", "\"deletionTimestamp\":\"2026-01-01T00:00:00Z\"", "\"phase\":\"Running\"", PodStanding.Bound)]
    [InlineData("\"nodeName\":\"n1\"", "", "\"phase\":\"Succeeded\"", PodStanding.Finished)]
    [InlineData("\"nodeName\":\"n1\"", "", "\"phase\":\"Failed\"", PodStanding.Finished)]
    [InlineData("", "\"deletionTimestamp\":\"2026-01-01T00:00:00Z\"", "", PodStanding.Finished)]
    internal void A_pod_holds_its_node_until_it_has_ended(string spec, string metadata, string status, PodStanding standing)
        => Assert.Equal(standing, PodStandings.Of(Objects.Pod(spec, metadata, status)));
}
