using System.Reflection;
using FASTER.core;

namespace Pipeline.Journal.Log;

/// <summary>
/// FASTER's flush without the commit around it. A commit writes metadata, of which we keep none, and does so in a task of its own each time:
/// that wakes a thread, which then is in the way of the one that is about to answer. FASTER has no public way to the flush alone; what its
/// commit does beside the metadata is done here as it does it (FasterLog.cs, <c>CommitInternal</c>).
/// </summary>
internal sealed class LogFlush
{
    private const BindingFlags Members = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private readonly LightEpoch _epoch;
    private readonly ShiftReadOnlyToTail _shift;

    /// <exception cref="MissingMemberException">It is another FASTER than the one that this was written for.</exception>
    public LogFlush(FasterLog log)
    {
        _epoch = (LightEpoch)FieldOf(log, "epoch");
        var allocator = FieldOf(log, "allocator");
        _shift = allocator.GetType().GetMethod(nameof(ShiftReadOnlyToTail), Members)?.CreateDelegate<ShiftReadOnlyToTail>(allocator)
            ?? throw new MissingMethodException(allocator.GetType().Name, nameof(ShiftReadOnlyToTail));
    }

    private delegate bool ShiftReadOnlyToTail(out long tail, out SemaphoreSlim flushed);

    /// <summary>Makes FASTER queue the write of everything appended.</summary>
    public void Begin()
    {
        _epoch.Resume();
        try
        {
            _shift(out _, out _);
        }
        finally
        {
            _epoch.Suspend();
        }
    }

    private static object FieldOf(FasterLog log, string name)
        => typeof(FasterLog).GetField(name, Members)?.GetValue(log) ?? throw new MissingFieldException(nameof(FasterLog), name);
}
