using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Kubernetes.Volumes;
using Pipeline.Kubernetes.Models;
using static Pipeline.Hotpath.Tests.Cluster.Kubernetes.Volumes.VolumeWorld;

namespace Pipeline.Hotpath.Tests.Cluster.Kubernetes.Volumes;

/// <summary>How many volumes a node can attach.</summary>
public sealed class AttachmentTests
{
    private readonly VolumeWorld _world = new("a", "b");

    public AttachmentTests() => _world.Put(Storage.Class(provisioner: "x"));

    [Fact]
    public void A_node_that_says_nothing_can_attach_any_number_and_another_no_more_than_it_says()
    {
        Attached("1", "2", "3", "new");
        _world.Put(Pod("p", claims: "new"), Pod("p1", "a", "default-scheduler", "1"), Pod("p2", "a", claims: "2"), Pod("p3", "b", claims: "3"));
        Assert.Equal("any", _world.NodesOf("p"));

        _world.Put(Storage.Limits("a", ("x", null), ("y", 0)));
        Assert.Equal("any", _world.NodesOf("p"));
        _world.Put(Storage.Limits("a", ("x", 2)));
        Assert.Equal(["b"], _world.NewsOf("p")!.Nodes!.Admitted()!);
        _world.Put(Storage.Limits("a", ("x", 3)));
        Assert.Equal("any", _world.NodesOf("p"));
        _world.Put(Storage.Limits("a", ("x", 2)));
        _world.Put(Storage.Limits("b", ("x", 1)));
        Assert.Equal("", _world.NodesOf("p"));
        _world.Delete(Storage.Limits("b"));
        Assert.Equal("b", _world.NodesOf("p"));
    }

    [Fact]
    public void The_place_of_a_volume_is_free_when_the_last_pod_that_uses_it_is_gone()
    {
        Attached("1", "new");
        _world.Put(Storage.Limits("a", ("x", 1)));
        _world.Put(Pod("p", claims: "new"), Pod("p1", "a", claims: "1"), Pod("p2", "a", claims: "1"));
        var filter = _world.Told("p").Nodes!;

        Assert.Equal(["b"], filter.Admitted()!);
        _world.Delete(Pod("p1", "a", claims: "1"));
        Assert.Equal(["b"], filter.Admitted()!);
        _world.Put(Pod("p2", "a", claims: "1", status: "\"phase\":\"Succeeded\""));
        Assert.Null(filter.Admitted());
    }

    [Fact]
    public void A_volume_that_is_there_already_needs_no_room()
    {
        Attached("1", "2");
        _world.Put(Storage.Limits("a", ("x", 1)));
        _world.Put(Storage.Limits("b", ("x", 0)));
        _world.Put(Pod("same", claims: "1"), Pod("both", claims: "1 2"));
        Assert.Equal(("a", ""), (_world.NodesOf("same"), _world.NodesOf("both")));

        _world.Put(Pod("other", "b", claims: "2"));
        Assert.Equal(("a", ""), (_world.NodesOf("same"), _world.NodesOf("both")));
        _world.Put(Pod("first", "a", claims: "1"));
        Assert.Equal(["a"], _world.NewsOf("same")!.Nodes!.Admitted()!);
        _world.Put(Pod("more", "b", claims: "1"));
        Assert.Equal(("any", "b"), (_world.NodesOf("same"), _world.NodesOf("both")));
        _world.Delete(Pod("first", "a", claims: "1"));
        _world.Delete(Pod("more", "b", claims: "1"));
        Assert.Equal(["a"], _world.NewsOf("same")!.Nodes!.Admitted()!);
    }

    [Fact]
    public void Claims_on_one_volume_count_once_and_those_of_different_drivers_apart()
    {
        Attached("1", "y1");
        Put(Storage.Attached("again", handle: "1"));
        Put(Storage.Attached("y", driver: "y"));
        _world.Put(Storage.Limits("a", ("x", 2), ("y", 1)));
        _world.Put(Pod("p1", "a", claims: "1 again y"));
        Attached("new", "newer");
        Put(Storage.Attached("z", driver: "y"));
        _world.Put(Pod("one", claims: "new"), Pod("two", claims: "new newer"), Pod("y", claims: "z"), Pod("again", claims: "again y"));

        Assert.Equal(("any", "b", "b", "any"), (_world.NodesOf("one"), _world.NodesOf("two"), _world.NodesOf("y"), _world.NodesOf("again")));
    }

    [Fact]
    public void A_claim_counts_for_its_provisioner_and_once_when_its_volume_comes()
    {
        _world.Put(Storage.Class("manual"));
        foreach (var claim in (string[])["1", "2", "new"])
            _world.Put(Storage.Claim(claim));
        _world.Put(Storage.Claim("static", "manual"));
        _world.Put(Storage.Limits("a", ("x", 2)));
        _world.Put(Pod("p1", "a", claims: "1 2 static"), Pod("p", claims: "new"));
        Assert.Equal("b", _world.NodesOf("p"));

        Attached("1", "2");
        Assert.Equal("b", _world.NodesOf("p"));
        // It is none that this driver attaches, after all.
        _world.Put(Storage.Volume("v-2", spec: Storage.For("2", "c-2"), phase: "Bound", version: 2));
        Assert.Equal("any", _world.NodesOf("p"));
        _world.Put(Storage.Limits("a", ("x", 1)));
        Assert.Equal("b", _world.NodesOf("p"));
        _world.Put(Storage.Class(provisioner: "another"));
        Assert.Equal("any", _world.NodesOf("p"));
    }

    [Fact]
    public void Of_two_for_which_there_is_room_for_one_the_second_is_refused_and_has_it_when_the_first_does_not_come()
    {
        _world.Put(Storage.Limits("a", ("x", 1)));
        _world.Put(Storage.Claim("1"));
        _world.Put(Storage.Claim("2"));
        _world.Put(Pod("p", claims: "1"), Pod("q", claims: "2"));
        var filter = _world.Told("q").Nodes!;
        Assert.Equal(_world.Told("p").Nodes, filter);

        Assert.True(_world.Claim("p", "a"));
        Assert.False(_world.Claim("q", "a"));
        Assert.Equal(["b"], filter.Admitted()!);
        _world.NotBound("p");
        Assert.Null(filter.Admitted());
        Assert.True(_world.Claim("q", "a"));
        Assert.False(_world.Claim("p", "a"));
        _world.Bound("q", "a");
        Assert.False(_world.Claim("p", "a"));
        Assert.Equal("b", _world.NodesOf("p"));
    }

    [Fact]
    public void Members_of_a_gang_stay_of_one_kind_while_others_use_their_volumes_and_share_one_that_is_there()
    {
        const string Gang = "\"labels\":{\"pipeline.gpu/gang\":\"g\"},\"annotations\":{\"pipeline.gpu/gang-min\":\"2\"}";
        Attached("0", "1", "shared");
        _world.Put(Storage.Limits("a", ("x", 3)));
        _world.Put(Pod("old0", "b", claims: "0"), Pod("old1", "b", claims: "1"));
        _world.Put(Pod("m0", claims: "0 shared", metadata: Gang), Pod("m1", claims: "1 shared", metadata: Gang), Pod("m2", claims: "0 1 shared", metadata: Gang));

        Assert.Equal(_world.Told("m0").Nodes, _world.Told("m1").Nodes);
        Assert.True(_world.Claim("m0", "a"));
        Assert.Equal("b", _world.NodesOf("m1"));
        Assert.True(_world.Claim("m1", "a"));
        Assert.True(_world.Claim("m2", "a"));
    }

    [Fact]
    public void Who_has_claimed_its_node_stays_what_it_was_told_to_be()
    {
        _world.Put(Storage.Limits("a", ("x", 1)));
        _world.Put(Storage.Claim("1"));
        _world.Put(Pod("p", claims: "1"));
        _world.Told("p");

        Assert.True(_world.Claim("p", "a"));
        Attached("1");
        Assert.Empty(_world.Events());
        _world.NotBound("p");
        Assert.Empty(_world.Events());
    }

    [Fact]
    public void Nothing_is_found_anew_where_there_is_room_for_whatever_anybody_asks_for()
    {
        var attachments = new Attachments();
        attachments.Limit("a", new Dictionary<string, int> { ["x"] = 8 });
        attachments.Ask(2);
        var before = attachments.Version;
        for (var volume = 0; volume < 6; volume++)
            attachments.Count("a", new Attachment("x", $"{volume}"), 1);
        attachments.Count("b", new Attachment("x", "0"), 1);
        attachments.Ask(1);
        Assert.False(attachments.Limit("a", new Dictionary<string, int> { ["x"] = 8 }));
        Assert.Equal(before, attachments.Version);

        attachments.Count("a", new Attachment("x", "6"), 1);
        Assert.NotEqual(before, attachments.Version);
        before = attachments.Version;
        attachments.Count("a", new Attachment("x", "6"), 1);
        attachments.Count("a", new Attachment("x", "6"), -1);
        Assert.Equal(before, attachments.Version);
        attachments.Count("a", new Attachment("x", "6"), -1);
        Assert.NotEqual(before, attachments.Version);
    }

    /// <summary>Counted change by change, it is what a count of everything says.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_comes_and_goes_the_nodes_are_those_that_have_room(int seed)
    {
        var (random, claims, drivers) = (new Random(seed), new string?[6], (string[])["x", "y"]);
        var (placed, limits) = (new Dictionary<string, Pod>(), new Dictionary<(string Node, string Driver), int>());
        var told = new Dictionary<ulong, ClusterWorkload>();
        _world.Put(Storage.Class("of-y", "y"));
        for (var pod = 0; pod < 5; pod++)
            _world.Put(Pod($"w{pod}", claims: NamesOf(pod)));
        for (var claim = 0; claim < claims.Length; claim++)
            _world.Put(Storage.Claim($"{claim}", claim % 2 == 0 ? "local" : "of-y"));

        for (var step = 0; step < 400; step++)
        {
            var (what, node, claim) = (random.Next(4), random.Next(2) == 0 ? "a" : "b", random.Next(claims.Length));
            if (what == 0 && claims[claim] is null)
                Put(Storage.Attached($"{claim}", claims[claim] = drivers[random.Next(2)]));
            else if (what == 1 && placed.Count > 0)
                _world.Delete(Taken(placed.Keys.ElementAt(random.Next(placed.Count))));
            else if (what == 2)
                Limit(node, random.Next(2) == 0 ? null : random.Next(4), random.Next(2) == 0 ? null : random.Next(4));
            else
                _world.Put(placed[$"p{step}"] = Pod($"p{step}", node, claims: $"{claim} {random.Next(claims.Length)}"));

            foreach (var change in _world.Events().OfType<ClusterEvent.WorkloadPending>())
                told[change.Workload.Id] = change.Workload;
            for (var pod = 0; pod < 5; pod++)
            {
                var admitted = told[Id($"w{pod}")].Nodes?.Admitted() is { } nodes ? nodes.Order(StringComparer.Ordinal) : (IEnumerable<string>)["a", "b"];
                Assert.Equal(((string[])["a", "b"]).Where(there => HasRoom(there, NamesOf(pod))), admitted);
            }
        }

        static string NamesOf(int pod) => pod == 4 ? "0 1 2" : $"{pod} {pod + 1}";

        Pod Taken(string pod) => placed.Remove(pod, out var taken) ? taken : null!;

        void Limit(string node, int? x, int? y)
        {
            foreach (var (driver, limit) in (ReadOnlySpan<(string, int?)>)[("x", x), ("y", y)])
            {
                limits.Remove((node, driver));
                if (limit is { } count)
                    limits.Add((node, driver), count);
            }

            _world.Put(Storage.Limits(node, ("x", x), ("y", y)));
        }

        string DriverOf(string claim) => claims[int.Parse(claim)] ?? (int.Parse(claim) % 2 == 0 ? "x" : "y");

        bool HasRoom(string node, string names)
        {
            var there = placed.Values.Where(pod => pod.Spec.NodeName == node)
                .SelectMany(pod => pod.Spec.Volumes).Select(volume => volume.PersistentVolumeClaim!.ClaimName).ToHashSet();
            var added = names.Split(' ').Where(claim => !there.Contains(claim)).Distinct().ToList();
            return drivers.All(driver => !limits.TryGetValue((node, driver), out var limit) || added.All(claim => DriverOf(claim) != driver)
                || there.Concat(added).Count(claim => DriverOf(claim) == driver) <= limit);
        }
    }

    private void Attached(params ReadOnlySpan<string> claims)
    {
        foreach (var claim in claims)
            Put(Storage.Attached(claim));
    }

    private void Put((PersistentVolume Volume, PersistentVolumeClaim Claim) attached)
    {
        _world.Put(attached.Volume);
        _world.Put(attached.Claim);
    }
}
