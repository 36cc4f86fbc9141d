using System.Buffers.Binary;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Snapshots;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Snapshots;

/// <summary>Images and journals of the version before, in which nodes have no limit of workloads and jobs no selection of nodes.</summary>
public class OlderFormTests
{
    private const int Limit = 0x0BADCAFE;

    private readonly TestCluster _cluster = new();

    [Fact]
    public void An_image_of_the_version_before_is_the_same_cluster_without_limits()
    {
        for (var node = 0; node < 20; node++)
            _cluster.AddNode($"gpu-{node:00}", maxWorkloads: Limit);
        _cluster.Place(1);
        Assert.Equal(Outcome.Queued, _cluster.PlaceGang(Tenants.Gang(2, 161), wait: true).Outcome);
        var old = _cluster.Snapshot().Parts().Image().Select(Older).ToList();
        var restored = new TestCluster(ClusterState.Restore(old)) { Now = _cluster.Now };
        for (var node = 0; node < 20; node++)
            _cluster.AddNode($"gpu-{node:00}");
        Assert.Equal(_cluster.Snapshot().ImageHash(), restored.Snapshot().ImageHash());
        Assert.All(restored.Snapshot().Nodes(), node => Assert.Equal(NodeTable.NoLimit, node.MaxWorkloads));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(7)]
    public void An_image_of_a_version_that_is_not_known_is_refused_and_the_message_names_it(int version)
    {
        _cluster.AddNode("a");
        var image = _cluster.Snapshot().Parts().Image().Select(part => ImagePart.TableOf(part.Key) == ImageTable.Meta ? WithVersion(part, version) : part);
        Assert.Contains($"version {version}", Assert.Throws<InvalidDataException>(() => ClusterState.Restore(image)).Message);
    }

    [Fact]
    public void A_journaled_node_of_the_version_before_has_no_limit()
    {
        var writer = new CommandWriter(new byte[256]);
        CommandCodec.Write(ref writer, new UpsertNodeCommand { Name = "n", GpuCount = 8, Zone = ZoneRole.Large, MaxWorkloads = 3 }, 5);
        Assert.Equal(3, ((UpsertNodeCommand)new CommandCodec().Read(writer.Written, out _)).MaxWorkloads);
        var old = (UpsertNodeCommand)new CommandCodec().Read(writer.Written[..^sizeof(int)], out var now);
        Assert.Equal(("n", 8, ZoneRole.Large, NodeTable.NoLimit, 5), (old.Name, old.GpuCount, old.Zone, old.MaxWorkloads, now));
    }

    /// <summary>Bytes that an earlier version wrote.</summary>
    [Fact]
    public void A_journaled_placement_of_which_every_field_has_its_full_size_is_the_same_placement()
    {
        const string Bytes =
            "017B68E5CF8B01000008070605040302010E0000007465616D2D612F6772C3B6C39F6501000000FA000000A00F0000000000007011010000000000"
            + "04000000000000000300000000010201100E00003C0000000400000005000000000000000600000000000000010303000000616461";
        var read = Assert.IsType<PlaceCommand>(new CommandCodec().Read(Convert.FromHexString(Bytes), out var now));
        var expected = new PlaceCommand
        {
            Workload = 0x0102030405060708,
            Name = "team-a/größe",
            GpuCount = 1,
            GpuMilli = 250,
            CpuMilli = 4_000,
            MemoryMib = 70_000,
            Groups = GroupSet.Of(2),
            Traits = new WorkloadTraits
            {
                Project = 3,
                Provisioning = Provisioning.Spot,
                Category = Category.Serving,
                Purpose = Purpose.QA,
                Urgent = true,
                ExpectedSeconds = 3_600,
                RestartSeconds = 60,
                Budget = 4,
                Service = 5,
                Reservation = 6,
            },
            Wait = true,
            MayPreempt = true,
            InTurn = true,
            Actor = "ada",
        };
        Assert.Equivalent(expected, read, strict: true);
        Assert.Equal(1_700_000_000_123, now);
    }

    private static KeyValuePair<ulong, ReadOnlyMemory<byte>> Older(KeyValuePair<ulong, ReadOnlyMemory<byte>> part) => ImagePart.TableOf(part.Key) switch
    {
        ImageTable.Meta => WithVersion(part, 5),
        ImageTable.NodePage => KeyValuePair.Create(part.Key, WithoutLimits(part.Value)),
        _ => part,
    };

    private static KeyValuePair<ulong, ReadOnlyMemory<byte>> WithVersion(KeyValuePair<ulong, ReadOnlyMemory<byte>> meta, int version)
    {
        var bytes = meta.Value.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(bytes, version);
        return KeyValuePair.Create(meta.Key, (ReadOnlyMemory<byte>)bytes);
    }

    /// <summary>The limits are four bytes that occur nowhere else in the page.</summary>
    private static ReadOnlyMemory<byte> WithoutLimits(ReadOnlyMemory<byte> page)
    {
        var (bytes, limit) = (page.ToArray().ToList(), BitConverter.GetBytes(Limit));
        for (var at = 0; at + limit.Length <= bytes.Count; at++)
        {
            if (bytes.GetRange(at, limit.Length).SequenceEqual(limit))
                bytes.RemoveRange(at, limit.Length);
        }
        return bytes.ToArray();
    }
}
