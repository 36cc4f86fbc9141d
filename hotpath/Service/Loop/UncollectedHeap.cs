using System.Runtime;

namespace Pipeline.Hotpath.Loop;

/// <summary>
/// No garbage collection while it lasts, as long as no more than <see cref="Room"/> is allocated; beyond that they come as ever. For a
/// short piece of work that keeps most of what it makes, so that looking for garbage in it costs much and finds little.
/// </summary>
internal sealed class UncollectedHeap : IDisposable
{
    /// <summary>Bytes: what a journal of a million commands makes, and half as much again.</summary>
    public const long Room = 96L << 20;

    // A process that may not have much more than the room needs its collections.
    private const int LeastShare = 4;

    private static readonly Lock Gate = new();

    // The runtime knows one for the whole process.
    private static bool _taken;

    private readonly bool _holds;

    public UncollectedHeap()
    {
        lock (Gate)
        {
            if (!_taken && GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >= LeastShare * Room)
                _holds = _taken = GC.TryStartNoGCRegion(Room, disallowFullBlockingGC: true);
        }
    }

    public void Dispose()
    {
        if (!_holds)
            return;
        lock (Gate)
        {
            _taken = false;
            // Over already when more was allocated, or somebody asked for a collection.
            if (GCSettings.LatencyMode == GCLatencyMode.NoGCRegion)
                GC.EndNoGCRegion();
        }
    }
}
