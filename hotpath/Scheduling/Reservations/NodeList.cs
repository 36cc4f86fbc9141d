using System.Collections.Immutable;
using Pipeline.Scheduling.Commands;

namespace Pipeline.Scheduling.Reservations;

/// <summary>Node indices behind their count.</summary>
internal static class NodeList
{
    public static void Write(ref CommandWriter writer, ImmutableArray<int> nodes)
    {
        writer.Int32(nodes.Length);
        foreach (var node in nodes)
            writer.Int32(node);
    }

    public static ImmutableArray<int> Read(ref CommandReader reader)
    {
        var count = reader.Int32();
        if (count < 0 || count > reader.Remaining / sizeof(int))
            throw new InvalidDataException($"A block claims {count} nodes in {reader.Remaining} bytes.");
        var nodes = ImmutableArray.CreateBuilder<int>(count);
        for (var i = 0; i < count; i++)
            nodes.Add(reader.Int32());
        return nodes.MoveToImmutable();
    }
}
