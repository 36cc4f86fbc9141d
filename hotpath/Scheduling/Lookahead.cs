using System.Runtime.CompilerServices;
using Pipeline.Scheduling.Commands;

namespace Pipeline.Scheduling;

/// <summary>
/// Loads what the next commands will look for into the cache: for all of them one level after the other, so that they wait for memory
/// together. A step alone waits for the id, then for the workload, then for its node. Changes nothing.
/// Source: group prefetching (Chen, Ailamaki, Gibbons, Mowry: Improving Hash Join Performance through Prefetching, 2004).
/// </summary>
public static class Lookahead
{
    /// <summary>Commands at a time. Each loads some fifteen lines, of which the first level of the cache holds several hundred.</summary>
    public const int Depth = 16;

    /// <param name="state">That they will be stepped on.</param>
    /// <param name="next">At most <see cref="Depth"/>.</param>
    /// <returns>Nothing of meaning, but without it the compiler would leave the loads out.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int Load(ClusterState state, ReadOnlySpan<Command> next)
    {
        Span<int> slots = stackalloc int[Depth];
        var (found, sum) = (0, 0);
        foreach (var command in next)
        {
            sum += FieldsOf(command);
            if (state.Workloads.TryFind(command.Sought, out var slot))
                slots[found++] = slot;
        }
        foreach (var slot in slots[..found])
            sum += state.Workloads.Load(slot);
        foreach (var slot in slots[..found])
            sum += state.Workloads.LoadNeighbours(slot) + state.Nodes.Load(state.Workloads[slot].Node);
        return sum;
    }

    // Whoever decoded the command has it in the cache of its own processor, and a placement is three lines long.
    private static int FieldsOf(Command command)
        => command is PlaceCommand place ? place.GpuCount + place.Traits.Project + (int)place.Traits.Reservation : 0;
}
