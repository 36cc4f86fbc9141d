namespace Pipeline.Journal;

/// <summary>
/// Is given what a <see cref="DurableState"/> holds while that is opened, on the thread that opens it: everything is checked and read in one
/// go. Nothing that was given counts when opening fails.
/// </summary>
/// <param name="Image">Called once, with the records of the last checkpoint, which are streamed.</param>
/// <param name="Entry">Called for each entry behind the checkpoint, in order. Sequences are gapless, except where the operator accepted a loss: there they jump.</param>
public sealed record StateReader(Action<IEnumerable<KeyValuePair<ulong, ReadOnlyMemory<byte>>>> Image, ReplayEntry Entry);
