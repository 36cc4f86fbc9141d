namespace Pipeline.Journal.Disk;

/// <summary>
/// Keeps a second process (or a second instance in this one) out of a data directory; the system drops it when the process dies.
/// </summary>
internal sealed class DirectoryLock : IDisposable
{
    private readonly FileStream _file;

    private DirectoryLock(FileStream file) => _file = file;

    /// <exception cref="DirectoryInUseException">Another instance holds the directory.</exception>
    public static DirectoryLock Take(string directory)
    {
        var path = Path.Combine(directory, "lock");
        try
        {
            return new DirectoryLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException failure) when (File.Exists(path))
        {
            throw new DirectoryInUseException(directory, failure);
        }
    }

    public void Dispose() => _file.Dispose();
}
