using System.Text;
using Pipeline.Scheduling.Snapshots;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Snapshots;

public class Utf8NamesTests
{
    [Fact]
    public void Finds_what_a_dictionary_finds() => Seeded.ForAll(random =>
    {
        // Few letters, so that many names begin alike and as many are nobody's.
        var names = Enumerable.Range(0, random.Next(200)).Select(_ => Name(random)).Distinct().ToList();
        var nodes = names.Select((name, index) => (name, index * 3)).ToList();
        var found = new Utf8Names(nodes);
        var known = nodes.ToDictionary(node => node.name, node => node.Item2);
        foreach (var name in names.Concat(Enumerable.Range(0, 200).Select(_ => Name(random))))
        {
            Assert.Equal(known.TryGetValue(name, out var node), found.TryFind(Encoding.UTF8.GetBytes(name), out var index));
            Assert.Equal(known.GetValueOrDefault(name, -1), index);
            Assert.Equal((known.ContainsKey(name), index), (found.TryFind(name, out var same), same));
        }
    });

    [Fact]
    public void Bytes_that_are_no_text_are_no_name()
    {
        var names = new Utf8Names([("é", 1)]);
        Assert.True(names.TryFind("é"u8, out _));
        Assert.False(names.TryFind([0xC3], out _));
        Assert.False(names.TryFind(""u8, out _));
    }

    [Fact]
    public void A_name_may_be_longer_than_is_usual()
    {
        var (name, other) = (new string('é', 300), new string('é', 301));
        var names = new Utf8Names([(name, 1)]);
        Assert.True(names.TryFind(name, out var node));
        Assert.Equal(1, node);
        Assert.False(names.TryFind(other, out _));
    }

    [Fact]
    public void A_lookup_allocates_nothing()
    {
        var names = new Utf8Names([("gpu-0001", 1), ("gpu-0002", 2)]);
        names.TryFind("gpu-0002"u8, out _);
        names.TryFind("gpu-0002", out _);
        var before = GC.GetAllocatedBytesForCurrentThread();
        names.TryFind("gpu-0002"u8, out _);
        names.TryFind("gpu-0002", out _);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static string Name(Random random) => string.Concat(Enumerable.Range(0, 1 + random.Next(20)).Select(_ => random.Next(8) == 0 ? "é" : random.Next(2).ToString(System.Globalization.CultureInfo.InvariantCulture)));
}
