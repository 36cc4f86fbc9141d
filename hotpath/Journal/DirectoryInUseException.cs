namespace Pipeline.Journal;

/// <summary>Another process, or another instance in this one, has the data directory open.</summary>
public sealed class DirectoryInUseException(string directory, Exception? inner = null)
    : IOException($"The data directory '{directory}' is in use by another instance; stop that one first, or use another directory.", inner);
