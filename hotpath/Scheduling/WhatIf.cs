using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Scheduling;

/// <summary>What commands would do: they are stepped on a fork of the state, so nothing of it takes effect and the engine is not held up.</summary>
public static class WhatIf
{
    /// <summary>A state of its own, equal to the snapshot's to the last bit. Costs as much as reading a checkpoint of its size.</summary>
    public static ClusterState Fork(ClusterSnapshot snapshot)
    {
        var buffer = new byte[4096];
        return ClusterState.Restore(snapshot.Parts().Select(part =>
        {
            var writer = new CommandWriter(buffer);
            part.Write(ref writer);
            buffer = writer.Buffer;
            return KeyValuePair.Create(part.Key, new ReadOnlyMemory<byte>(writer.Written.ToArray()));
        }));
    }
}
