using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Tests.Topology;

/// <summary>Seeded trees: any depth, nodes on inner domains too, empty domains, tiers with gaps.</summary>
internal static class RandomTopology
{
    private const int MaxLevels = 5;

    public static TopologyTree Tree(Random random) => Built(Definitions(random));

    public static TopologyTree Built(IEnumerable<DomainDefinition> definitions)
    {
        Assert.True(TopologyTree.TryBuild(definitions, out var tree, out var problem), problem);
        return tree!;
    }

    public static List<DomainDefinition> Definitions(Random random)
    {
        var (definitions, orphans, nodes, tier) = (new List<DomainDefinition>(), new List<string>(), 0, 0);
        for (var level = random.Next(MaxLevels); level > 0; level--, tier += random.Next(1, 4))
        {
            var ofLevel = new List<string>();
            for (var domain = random.Next(1, 7); domain > 0; domain--)
            {
                var children = orphans.Where(_ => random.Next(3) == 0).ToList();
                orphans.RemoveAll(children.Contains);
                var own = Enumerable.Range(0, random.Next(children.Count > 0 ? 2 : 5)).Select(_ => $"n{nodes++}");
                var name = $"d{random.Next(1_000_000)}-{definitions.Count}";
                definitions.Add(new DomainDefinition(name, tier, [.. own], [.. children]));
                ofLevel.Add(name);
            }
            orphans.AddRange(ofLevel);
        }
        return definitions;
    }

    /// <summary>The same definitions and members in another order.</summary>
    public static List<DomainDefinition> Shuffled(Random random, IEnumerable<DomainDefinition> definitions)
    {
        var shuffled = definitions.Select(d => d with { Nodes = [.. Shuffle([.. d.Nodes])], Domains = [.. Shuffle([.. d.Domains])] }).ToArray();
        return [.. Shuffle(shuffled)];

        T[] Shuffle<T>(T[] items)
        {
            random.Shuffle(items);
            return items;
        }
    }
}
