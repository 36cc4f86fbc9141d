namespace Pipeline.Journal.Disk;

/// <summary>Opens what lives in a directory that only one instance may use.</summary>
internal static class LockedDirectory
{
    /// <summary>Makes the directory if need be, takes its lock, and lets <paramref name="open"/> add what it opens to the resources it is given.</summary>
    /// <returns>What was opened, which owns the resources from here on; when opening throws, they are released.</returns>
    /// <exception cref="DirectoryInUseException">Another instance has the directory open.</exception>
    public static T Open<T>(string directory, Func<Stack<IDisposable>, T> open)
    {
        Directory.CreateDirectory(directory);
        var owned = new Stack<IDisposable>();
        try
        {
            owned.Push(DirectoryLock.Take(directory));
            return open(owned);
        }
        catch
        {
            foreach (var resource in owned)
                resource.Dispose();
            throw;
        }
    }
}
