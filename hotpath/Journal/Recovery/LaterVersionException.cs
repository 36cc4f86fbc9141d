namespace Pipeline.Journal;

/// <summary>
/// The data are intact, and of a form that a later version of this program has begun to write. Nothing was changed on disk, and no loss
/// that an operator might accept would make them readable.
/// </summary>
/// <param name="place">File and offset.</param>
public sealed class LaterVersionException(string place)
    : IOException(
        $"{place}: a later version has written here, in a form that this one does not know. Start the later one, or put back a copy of "
        + "the data from before it.");
