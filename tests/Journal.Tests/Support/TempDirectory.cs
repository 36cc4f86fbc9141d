namespace Pipeline.Journal.Tests.Support;

/// <summary>A directory that is gone after the test.</summary>
internal sealed class TempDirectory : IDisposable
{
    public TempDirectory() => Path = Directory.CreateTempSubdirectory("journal-").FullName;

    public string Path { get; }

    public string this[string relative] => System.IO.Path.Combine(Path, relative);

    /// <summary>What kill -9 at this moment would leave: the files as the system holds them.</summary>
    public TempDirectory Snapshot()
    {
        var copy = new TempDirectory();
        foreach (var file in Files())
        {
            var target = copy[System.IO.Path.GetRelativePath(Path, file)];
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
        return copy;
    }

    /// <summary>All files but the lock, whose content says nothing.</summary>
    public IEnumerable<string> Files() =>
        Directory.EnumerateFiles(Path, "*", SearchOption.AllDirectories).Where(f => System.IO.Path.GetFileName(f) != "lock").Order();

    public IReadOnlyList<string> Segments(string below = "") =>
        [.. Directory.EnumerateFiles(this[below], "segment.*").Order()];

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
