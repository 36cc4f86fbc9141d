using System.Collections.Immutable;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Scheduling;

/// <summary>What commands would do. They run on a fork of the state, so nothing of it takes effect and the engine is not held up.</summary>
public static class WhatIf
{
    /// <summary>Tries the commands one after the other, each on what those before it left.</summary>
    /// <param name="snapshot">The state to start from. Costs as much as reading a checkpoint of its size.</param>
    /// <param name="now">Time of the steps, Unix milliseconds; not before that of the snapshot.</param>
    public static ImmutableArray<Trial> Run(ClusterSnapshot snapshot, IReadOnlyList<Command> commands, long now)
    {
        var (state, effects) = (Fork(snapshot), new EffectBuffer());
        var trials = ImmutableArray.CreateBuilder<Trial>(commands.Count);
        foreach (var command in commands)
        {
            effects.Clear();
            var reply = Engine.Step(state, command, Math.Max(now, snapshot.At), effects);
            trials.Add(new Trial(reply, [.. Enumerable.Range(0, effects.Count).Select(index => effects[index])]));
        }
        return trials.MoveToImmutable();
    }

    /// <summary>A state of its own, equal to the snapshot's to the last bit.</summary>
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

/// <param name="Effects">What the world would have had to do.</param>
public sealed record Trial(Reply Reply, ImmutableArray<Effect> Effects);
