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
        => reader.List(static (ref CommandReader r) => r.Int32(), sizeof(int));
}
