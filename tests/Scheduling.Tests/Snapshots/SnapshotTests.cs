using FsCheck;
using FsCheck.Fluent;
using Pipeline.Scheduling.Snapshots;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Snapshots;

public class SnapshotTests
{
    private readonly TestCluster _cluster = new();

    [Fact]
    public void A_snapshot_does_not_change_any_more()
    {
        _cluster.AddNode("a");
        var before = _cluster.Snapshot();
        var hash = before.ImageHash();
        _cluster.Place(1);
        _cluster.Remove("a");
        _cluster.Snapshot();
        Assert.Equal(hash, before.ImageHash());
        Assert.True(before.TryFindNode("a", out var node));
        Assert.Equal(8, node.FreeGpuCount);
    }

    [Fact]
    public void Only_pages_that_changed_are_copied()
    {
        for (var node = 0; node < 1000; node++)
            _cluster.AddNode($"gpu-{node:0000}");
        var before = _cluster.Snapshot().Parts().ToDictionary(p => p.Key, p => p.Identity);
        _cluster.Place(1);
        var after = _cluster.Snapshot().Parts().ToList();
        var changed = after.Where(p => !before.TryGetValue(p.Key, out var identity) || !ReferenceEquals(identity, p.Identity))
            .Select(p => ImagePart.TableOf(p.Key));
        Assert.Equal([ImageTable.Meta, ImageTable.MeterPage, ImageTable.DemandMix, ImageTable.NodePage, ImageTable.WorkloadPage], changed);
    }

    [Fact]
    public void A_snapshot_of_an_unchanged_state_copies_nothing()
    {
        _cluster.AddNode("a");
        _cluster.Place(1);
        var before = _cluster.Snapshot().Parts().Select(p => p.Identity);
        Assert.Equal(before, _cluster.Snapshot().Parts().Select(p => p.Identity));
    }

    [Fact]
    public void Readers_see_nodes_workloads_and_groups()
    {
        _cluster.AddNode("a", group: "h100");
        _cluster.AddNode("b", group: "a100");
        _cluster.Place(1, group: 1);
        _cluster.Place(2, group: 1);
        var snapshot = _cluster.Snapshot();
        Assert.Equal(["h100", "a100"], snapshot.Groups.ToArray());
        Assert.Equal(["a", "b"], snapshot.Nodes().Select(n => n.Name));
        Assert.True(snapshot.TryFindNode("b", out var node));
        Assert.Equal(("a100", 1), (node.Group, node.Index));
        Assert.Equal([2UL, 1UL], snapshot.WorkloadsOf(node).Select(w => w.Id));
        Assert.False(snapshot.TryGetNode(2, out _));
        Assert.False(snapshot.TryGetNode(-1, out _));
    }

    [Fact]
    public void An_image_restores_to_the_same_state_which_then_goes_on_alike()
        => Prop.ForAll(Script.Any(), script =>
        {
            var original = new TestCluster();
            foreach (var step in script.Steps())
                step.Apply(original);
            var restored = new TestCluster(ClusterState.Restore(original.Snapshot().Parts().Image())) { Now = original.Now };
            AssertAlike(original.Snapshot(), restored.Snapshot());
            foreach (var step in (script with { Seed = script.Seed / 2 }).Steps())
            {
                var (one, other) = (step.Apply(original), step.Apply(restored));
                Assert.Equal((one.Outcome, one.Node, one.GpuMask, one.Changed), (other.Outcome, other.Node, other.GpuMask, other.Changed));
            }
            AssertAlike(original.Snapshot(), restored.Snapshot());
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Cases.Of(100)));

    [Fact]
    public void An_image_that_lacks_a_page_is_refused()
    {
        for (var node = 0; node < 200; node++)
            _cluster.AddNode($"gpu-{node:0000}");
        _cluster.Place(1);
        var image = _cluster.Snapshot().Parts().Image();
        foreach (var (key, _) in image.Where(p => ImagePart.TableOf(p.Key) is <= ImageTable.MachineGroups or ImageTable.DemandMix))
            Assert.Throws<InvalidDataException>(() => ClusterState.Restore(image.Where(p => p.Key != key)));
    }

    [Fact]
    public void An_image_with_a_cut_page_is_refused()
    {
        _cluster.AddNode("a");
        _cluster.Place(1);
        var image = _cluster.Snapshot().Parts().Image();
        for (var part = 0; part < image.Count; part++)
        {
            var cut = image.ToList();
            cut[part] = new(cut[part].Key, cut[part].Value[..^1]);
            Assert.Throws<InvalidDataException>(() => ClusterState.Restore(cut));
        }
    }

    [Fact]
    public void No_image_is_a_new_state()
        => Assert.Equal(0, ClusterState.Restore([]).Publish(0, 0).NodeCount);

    private static void AssertAlike(ClusterSnapshot one, ClusterSnapshot other)
    {
        Assert.Equal(one.ImageHash(), other.ImageHash());
        Assert.Equal(one.Nodes().Select(Told), other.Nodes().Select(Told));

        static string Told(NodeView n)
            => $"{n.Index} {n.Name} {n.Health} {n.CpuUsedMilli} {n.MemoryUsedMib} {string.Join(',', n.GpuUsedMilli.ToArray())} {n.FreeGpus} {n.WorkloadCount}/{n.MaxWorkloads}";
    }
}
