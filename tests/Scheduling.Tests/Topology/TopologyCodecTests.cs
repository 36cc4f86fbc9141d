using System.Buffers.Binary;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Tests.Support;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Tests.Topology;

public class TopologyCodecTests
{
    [Fact]
    public void Definitions_and_trees_read_back_as_they_were_written()
        => Seeded.ForAll(random =>
        {
            var definitions = RandomTopology.Definitions(random);
            var reader = new CommandReader(BytesOf(definitions));
            Assert.Equal(BytesOf(definitions), BytesOf(TopologyCodec.Read(ref reader)));
            Assert.True(reader.AtEnd);
            var tree = RandomTopology.Built(definitions);
            reader = new CommandReader(BytesOf(tree.Definitions));
            var read = TopologyCodec.ReadTree(ref reader);
            Assert.Equal(BytesOf(tree.Definitions), BytesOf(read.Definitions));
            Assert.Equal(Enumerable.Range(0, tree.Count).Select(tree.NameOf), Enumerable.Range(0, read.Count).Select(read.NameOf));
        });

    [Fact]
    public void Bytes_that_end_too_early_are_refused()
        => Seeded.ForAll(random =>
        {
            var bytes = BytesOf(RandomTopology.Definitions(random));
            var length = random.Next(bytes.Length);
            Assert.Throws<InvalidDataException>(() => Read(bytes.AsSpan(0, length)));
        });

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    public void A_damaged_count_is_refused_before_room_is_made_for_it(int count)
    {
        var bytes = new byte[64];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, count);
        Assert.Throws<InvalidDataException>(() => Read(bytes));
    }

    [Fact]
    public void Definitions_that_are_no_tree_are_refused()
    {
        var bytes = BytesOf([new DomainDefinition("a", 1, [], ["b"])]);
        Assert.Throws<InvalidDataException>(() => Read(bytes));
    }

    internal static byte[] BytesOf(IReadOnlyList<DomainDefinition> definitions)
    {
        var writer = new CommandWriter(new byte[16]);
        TopologyCodec.Write(ref writer, definitions);
        return writer.Written.ToArray();
    }

    private static TopologyTree Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new CommandReader(bytes);
        return TopologyCodec.ReadTree(ref reader);
    }
}
