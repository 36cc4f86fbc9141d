using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Simulation.Tests.Core;

namespace Pipeline.Simulation.Tests.Product;

/// <summary>The journal as a disk keeps it: what was acknowledged survives a crash, of the rest some prefix may.</summary>
internal sealed class JournalModel
{
    private readonly List<byte[]> _entries = [];
    private readonly Dictionary<string, long> _begun = new(StringComparer.Ordinal);
    private byte[] _buffer = new byte[1024];

    public long Last => _entries.Count;

    public long Acknowledged { get; private set; }

    /// <returns>The entry's sequence number; the first is 1.</returns>
    public long Append(Command command, long now)
    {
        var writer = new CommandWriter(_buffer);
        CommandCodec.Write(ref writer, command, now);
        _buffer = writer.Buffer;
        _entries.Add(writer.Written.ToArray());
        if (command is BeginStepCommand begin)
            _begun[KeyOf(begin.Run, begin.Attempt)] = Last;
        return Last;
    }

    public void Commit() => Acknowledged = Last;

    /// <summary>The begin of this attempt is on disk.</summary>
    public bool HasBegun(string run, int attempt) => _begun.TryGetValue(KeyOf(run, attempt), out var sequence) && sequence <= Acknowledged;

    /// <summary>The process died; what is found again is as good as acknowledged.</summary>
    /// <param name="commitsLie">Part of what was acknowledged is gone as well.</param>
    public void Crash(Chance chance, bool commitsLie)
    {
        var survives = commitsLie ? Acknowledged / 2 : chance.Between(Acknowledged, Last);
        _entries.RemoveRange((int)survives, (int)(Last - survives));
        foreach (var (key, _) in _begun.Where(begun => begun.Value > survives).ToList())
            _begun.Remove(key);
        Acknowledged = survives;
    }

    /// <summary>Applies the entries behind <paramref name="after"/> to the state.</summary>
    /// <returns>Time of the last one; 0 without one.</returns>
    public long Replay(ClusterState state, long after)
    {
        var codec = new CommandCodec();
        var effects = new EffectBuffer();
        var now = 0L;
        for (var i = (int)after; i < _entries.Count; i++)
        {
            Engine.Step(state, codec.Read(_entries[i], out now), now, effects);
            effects.Clear();
        }

        return now;
    }

    private static string KeyOf(string run, int attempt) => $"{run}/{attempt}";
}
