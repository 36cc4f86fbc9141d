namespace Pipeline.Functions.Notify;

/// <summary>Tells a run's story to one place.</summary>
public interface IStorySender
{
    /// <summary>Lower case; the name under which the engine keeps how far this sender got.</summary>
    string Name { get; }

    /// <summary>
    /// Tells some of what <see cref="Story.Told"/> leaves untold. It creates at most one thing that a repetition would double, and then
    /// returns <see cref="TellResult.Told"/>; the caller persists that and calls again, until the answer is something else.
    /// </summary>
    /// <remarks>Calls that may be repeated without harm (edits, reads) may precede the creation. Throws only when cancelled.</remarks>
    Task<TellResult> TellAsync(Story story, CancellationToken cancellation);
}
