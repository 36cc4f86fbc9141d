using System.Collections.Immutable;
using Pipeline.Scheduling.Commands;

namespace Pipeline.Scheduling.Topology;

/// <summary>Definitions as bytes: a count, then name, tier, nodes and child domains of each; lists behind their counts.</summary>
public static class TopologyCodec
{
    // A string takes its length, a definition two lengths, a tier and two counts at least.
    private const int LeastString = 4;
    private const int LeastDefinition = 16;

    public static void Write(ref CommandWriter writer, IReadOnlyList<DomainDefinition> definitions)
    {
        writer.Int32(definitions.Count);
        foreach (var definition in definitions)
        {
            writer.String(definition.Name);
            writer.Int32(definition.Tier);
            Write(ref writer, definition.Nodes);
            Write(ref writer, definition.Domains);
        }
    }

    /// <summary>In the order in which they were written; not yet checked, which <see cref="TopologyTree.TryBuild"/> does.</summary>
    /// <exception cref="InvalidDataException">The bytes are no definitions.</exception>
    public static ImmutableArray<DomainDefinition> Read(ref CommandReader reader) => reader.List(ReadDefinition, LeastDefinition);

    /// <summary>The tree of definitions that were checked before they were written.</summary>
    /// <exception cref="InvalidDataException">The bytes are no definitions of a tree.</exception>
    public static TopologyTree ReadTree(ref CommandReader reader)
        => TopologyTree.TryBuild(Read(ref reader), out var tree, out var problem)
            ? tree
            : throw new InvalidDataException($"The topology is damaged. {problem}");

    private static void Write(ref CommandWriter writer, ImmutableArray<string> names)
    {
        writer.Int32(names.Length);
        foreach (var name in names)
            writer.String(name);
    }

    private static DomainDefinition ReadDefinition(ref CommandReader reader)
        => new(reader.String(), reader.Int32(), Names(ref reader), Names(ref reader));

    private static ImmutableArray<string> Names(ref CommandReader reader)
        => reader.List(static (ref CommandReader r) => r.String(), LeastString);
}
