using Pipeline.Scheduling;
using Pipeline.Simulation.Tests.Core;
using Pipeline.Simulation.Tests.Product;

namespace Pipeline.Simulation.Tests.Invariants;

/// <summary>The journal, alone or behind a checkpoint, gives the very same state.</summary>
internal static class ReplayInvariants
{
    public static ulong HashOf(ClusterState state) => state.Publish(0, 0).ImageHash();

    /// <param name="expected">Hash of the state in memory.</param>
    public static void Check(ulong expected, JournalModel journal, CheckpointStore store)
    {
        var whole = ClusterState.Restore([]);
        journal.Replay(whole, 0);
        BrokenInvariantException.Unless(HashOf(whole) == expected, "a replay gives the same state", () => $"{journal.Last} entries");
        for (var back = 0; back < store.Count; back++)
        {
            var (state, sequence) = store.Load(back);
            if (sequence > journal.Last)
                throw new BrokenInvariantException($"a checkpoint at {sequence} is ahead of the journal at {journal.Last}");
            journal.Replay(state, sequence);
            BrokenInvariantException.Unless(HashOf(state) == expected, "a checkpoint and its tail give the same state", () => $"from {sequence} to {journal.Last}");
        }
    }
}
