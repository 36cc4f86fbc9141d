using Pipeline.Hotpath.Cluster.Kubernetes.Volumes;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Tests.Cluster.Kubernetes.Volumes;

public class PodVolumesTests
{
    private static readonly Node[] Nodes = [Storage.Host("a", "\"rack\":\"1\""), Storage.Host("b", "\"rack\":\"2\""), Storage.Host("c", "\"rack\":\"3\"")];

    [Fact]
    public void A_pod_names_claims_of_its_namespace_and_its_own_ones_by_its_name()
    {
        var pod = Objects.Pod("""
            "volumes":[{"name":"a","persistentVolumeClaim":{"claimName":"data"}},{"name":"b","persistentVolumeClaim":{"claimName":"data"}},
            {"name":"scratch","ephemeral":{"volumeClaimTemplate":{}}},{"name":"tmp","emptyDir":{}}]
            """);

        Assert.Equal([new PodClaim(new ObjectName("team", "data"), false), new PodClaim(new ObjectName("team", "w-scratch"), true)], PodClaim.Of(pod));
    }

    [Fact]
    public void A_claim_that_cannot_be_used_is_named_with_its_problem()
    {
        var found = new List<(string Problem, bool Passes)>();
        foreach (var claim in (PersistentVolumeClaim?[])[
            null,
            Storage.Claim(metadata: "\"deletionTimestamp\":\"2026-01-01T00:00:00Z\""),
            Storage.Claim(phase: "Lost", spec: "\"volumeName\":\"v\""),
            Storage.Claim(spec: "\"volumeName\":\"v\""),
            Storage.Bound("gone"),
            Storage.Claim(given: "now"),
            Storage.Claim(given: "unknown")])
        {
            var volumes = Of([], claim is null ? [Storage.Class("now", mode: "Immediate")] : [claim, Storage.Class("now", mode: "Immediate")]);
            found.Add((volumes.Problem, volumes.IsPassing));
        }

        Assert.Equal(
            [
                ("PersistentVolumeClaim 'data' does not exist", false),
                ("PersistentVolumeClaim 'data' is being deleted", false),
                ("PersistentVolumeClaim 'data' has lost its volume 'v'", false),
                ("PersistentVolumeClaim 'data' is not bound yet: it waits for volume 'v'", true),
                ("PersistentVolumeClaim 'data' is bound to volume 'gone', which does not exist", true),
                ("PersistentVolumeClaim 'data' is not bound yet, and its class 'now' does not wait for a node", true),
                ("PersistentVolumeClaim 'data' is not bound yet, and its class 'unknown' does not wait for a node", true),
            ],
            found);
    }

    [Theory]
    [InlineData("u-1", "")]
    [InlineData("another", "PersistentVolumeClaim 'data' is not this pod's, whose ephemeral volume needs one of that name")]
    public void The_claim_of_an_ephemeral_volume_must_be_the_pods_own(string owner, string problem)
    {
        var claim = Storage.Claim(metadata: $"\"ownerReferences\":[{{\"kind\":\"Pod\",\"name\":\"w\",\"uid\":\"{owner}\",\"controller\":true}}]");
        var table = Storage.Table(claim, Storage.Class());

        Assert.Equal(problem, PodVolumes.Of("u-1", [new PodClaim(claim.FullName, true)], table, Storage.NoHolders(table), []).Problem);
    }

    [Fact]
    public void A_bound_volume_limits_the_nodes_to_those_that_it_can_be_attached_to()
    {
        Assert.Equal("b", Admitted(Of([], Storage.Bound("v"), Storage.Volume("v", "b", phase: "Bound"))));
        var anywhere = Of([], Storage.Bound("v"), Storage.Volume("v", phase: "Bound"));
        Assert.Equal(("abc", "", true), (Admitted(anywhere), anywhere.Key, anywhere.AreBound));
    }

    [Theory]
    [InlineData("\"topology.kubernetes.io/zone\":\"z1\"", "a")]
    [InlineData("\"failure-domain.beta.kubernetes.io/zone\":\"z1\"", "a")]
    [InlineData("\"failure-domain.beta.kubernetes.io/zone\":\"z1__z2\"", "ab")]
    [InlineData("\"topology.kubernetes.io/zone\":\"z2\",\"topology.kubernetes.io/region\":\"r\"", "b")]
    [InlineData("\"topology.kubernetes.io/region\":\"other\"", "")]
    public void The_zone_of_a_volume_limits_the_nodes_that_say_where_they_are(string labels, string admitted)
    {
        var volumes = Of([], Storage.Bound("v"), Storage.Volume("v", labels: labels, phase: "Bound"));
        Node[] nodes =
        [
            Storage.Host("a", "\"topology.kubernetes.io/zone\":\"z1\",\"topology.kubernetes.io/region\":\"r\""),
            Storage.Host("b", "\"failure-domain.beta.kubernetes.io/zone\":\"z2\",\"failure-domain.beta.kubernetes.io/region\":\"r\""),
            Storage.Host("nowhere"),
        ];

        Assert.Equal(admitted + "nowhere", string.Concat(nodes.Where(volumes.Admits).Select(node => node.Metadata.Name)));
    }

    [Fact]
    public void A_claim_that_waits_for_a_node_may_be_where_its_provisioner_serves()
    {
        Assert.Equal("abc", Admitted(Of([], Storage.Claim(), Storage.Class(provisioner: "x"))));
        const string Racks = """
            {"matchLabelExpressions":[{"key":"rack","values":["1","2"]}]},{"matchLabelExpressions":[{"key":"rack","values":["3"]},{"key":"row","values":["1"]}]}
            """;
        var volumes = Of([], Storage.Claim(), Storage.Class(provisioner: "x", topologies: Racks));
        Assert.Equal("ab", Admitted(volumes));
        Assert.True(volumes.TryMatch(Nodes[0], out var matches));
        Assert.Null(Assert.Single(matches));
    }

    [Fact]
    public void A_node_that_was_selected_is_the_only_one_and_one_that_was_refused_is_none()
    {
        Assert.Equal("b", Admitted(Of([], Storage.Claim(notes: "\"volume.kubernetes.io/selected-node\":\"b\""), Storage.Class(provisioner: "x"))));
        Assert.Equal("ac", Admitted(Of(["b"], Storage.Claim(), Storage.Class(provisioner: "x"))));
    }

    [Theory]
    [InlineData("1Gi", "", "", "a")]
    [InlineData("2Gi", "", "", "")]
    [InlineData("1Gi", "\"volumeMode\":\"Block\"", "", "")]
    [InlineData("1Gi", "\"selector\":{\"matchLabels\":{\"disk\":\"nvme\"}}", "\"disk\":\"nvme\"", "a")]
    [InlineData("1Gi", "\"selector\":{\"matchLabels\":{\"disk\":\"nvme\"}}", "\"disk\":\"hdd\"", "")]
    public void A_free_local_volume_must_be_what_the_claim_asks_for(string size, string spec, string labels, string admitted)
        => Assert.Equal(admitted, Admitted(Of([], Storage.Claim(size: size, spec: spec), Storage.Class(), Storage.Volume("v", "a", labels: labels))));

    [Theory]
    [InlineData("Released", "", "local")]
    [InlineData("Available", "\"claimRef\":{\"namespace\":\"team\",\"name\":\"other\"}", "local")]
    [InlineData("Available", "\"claimRef\":{\"namespace\":\"team\",\"name\":\"data\",\"uid\":\"an older one\"}", "local")]
    [InlineData("Available", "", "fast")]
    public void What_is_used_or_kept_for_others_or_of_another_class_is_not_free(string phase, string spec, string given)
        => Assert.Equal("", Admitted(Of([], Storage.Claim(), Storage.Class(), Storage.Volume("v", "a", given, phase: phase, spec: spec))));

    [Fact]
    public void A_volume_that_a_person_keeps_for_the_claim_goes_before_all_others()
    {
        var kept = Storage.Volume("v", "c", spec: "\"claimRef\":{\"namespace\":\"team\",\"name\":\"data\"}");
        var volumes = Of([], Storage.Claim(), Storage.Class(), kept, Storage.Volume("w", "a"));

        Assert.Equal(("c", 0, 1), (Admitted(volumes), volumes.Open.Count, volumes.Chosen.Count));
    }

    [Fact]
    public void Each_claim_of_a_pod_needs_a_volume_of_its_own_and_gets_the_smallest_that_fits()
    {
        object[] objects =
        [
            Storage.Class(), Storage.Claim("large", size: "2Gi"), Storage.Claim("small"),
            Storage.Volume("a-2", "a", size: "2Gi"), Storage.Volume("a-3", "a", size: "3Gi"), Storage.Volume("b-3", "b", size: "3Gi"),
        ];
        PodClaim[] claims = [new(new ObjectName("team", "large"), false), new(new ObjectName("team", "small"), false)];
        var table = Storage.Table(objects);
        var volumes = PodVolumes.Of("u", claims, table, Storage.NoHolders(table), []);

        Assert.Equal("a", Admitted(volumes));
        Assert.True(volumes.TryMatch(Nodes[0], out var matches));
        Assert.Equal(["a-3", "a-2"], matches.Select(match => match!.Name));
        Assert.False(volumes.TryMatch(Nodes[1], out _));
    }

    [Fact]
    public void Pods_whose_claims_ask_for_the_same_are_of_one_kind()
    {
        object[] objects = [Storage.Class(), Storage.Claim("x"), Storage.Claim("y"), Storage.Claim("z", size: "2Gi"), Storage.Volume("v", "a")];
        var table = Storage.Table(objects);
        var keys = ((string[])["x", "y", "z"]).Select(name => PodVolumes.Of("u", [new PodClaim(new ObjectName("team", name), false)], table, Storage.NoHolders(table), []).Key).ToList();

        Assert.Equal(keys[0], keys[1]);
        Assert.NotEqual(keys[0], keys[2]);
    }

    [Fact]
    public void An_affinity_that_is_not_understood_is_said()
    {
        var odd = Storage.Volume("v", spec: """
            "nodeAffinity":{"required":{"nodeSelectorTerms":[{"matchExpressions":[{"key":"x","operator":"Near"}]}]}}
            """);

        Assert.Equal(
            "PersistentVolumeClaim 'data' has volume 'v', which is not understood: spec.nodeAffinity.required: there is no operator 'Near'",
            Of([], Storage.Bound("v"), odd).Problem);
    }

    private static PodVolumes Of(string[] avoided, params object[] objects)
    {
        var table = Storage.Table(objects);
        return PodVolumes.Of("u-1", [new PodClaim(new ObjectName("team", "data"), false)], table, Storage.NoHolders(table), avoided);
    }

    private static string Admitted(PodVolumes volumes) => string.Concat(Nodes.Where(volumes.Admits).Select(node => node.Metadata.Name));
}
