using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Pipeline.Journal.Disk;

namespace Pipeline.Journal.Log;

/// <summary>The files of a log: <c>segment.0000000000</c> and up, each of the same size, reserved when it is created.</summary>
internal sealed class SegmentFiles(string directory, DiskGate gate)
{
    private const string Prefix = "segment.";

    public string Directory => directory;

    public string PathOf(long segment) => Path.Combine(directory, Prefix + segment.ToString("D10", CultureInfo.InvariantCulture));

    /// <summary>Numbers of the segments on disk, ascending.</summary>
    public List<long> List()
    {
        var found = new List<long>();
        if (!System.IO.Directory.Exists(directory))
            return found;
        foreach (var path in System.IO.Directory.EnumerateFiles(directory, Prefix + "*"))
        {
            var number = Path.GetFileName(path.AsSpan())[Prefix.Length..];
            if (long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var segment))
                found.Add(segment);
        }
        found.Sort();
        return found;
    }

    /// <summary>
    /// Opens a segment for writing; a new one gets its whole size at once, so that a commit never has to record a growing file.
    /// </summary>
    public SafeFileHandle OpenForWrite(long segment, long bytes)
    {
        var path = PathOf(segment);
        if (!File.Exists(path))
            return Create(path, bytes);
        var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        if (RandomAccess.GetLength(file) < bytes)
            RandomAccess.SetLength(file, bytes);
        return file;
    }

    public SafeFileHandle OpenForRead(long segment) =>
        File.OpenHandle(PathOf(segment), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    /// <summary>
    /// Makes everything from <paramref name="offset"/> on read as zero, durably: a later entry must never join up with remains of an old
    /// one.
    /// </summary>
    public void Cut(long segment, long offset, long bytes)
    {
        using (var file = File.OpenHandle(PathOf(segment), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            gate.OnSync(PathOf(segment));
            RandomAccess.SetLength(file, Math.Min(offset, RandomAccess.GetLength(file)));
            RandomAccess.SetLength(file, bytes);
            DiskSync.Data(file);
        }
    }

    /// <summary>Forces to the device what any process has written to the segments.</summary>
    public void Sync(IEnumerable<long> segments)
    {
        foreach (var segment in segments)
        {
            using var file = File.OpenHandle(PathOf(segment), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            gate.OnSync(PathOf(segment));
            DiskSync.Data(file);
        }
    }

    public void Delete(IEnumerable<long> segments)
    {
        foreach (var segment in segments)
            File.Delete(PathOf(segment));
    }

    private SafeFileHandle Create(string path, long bytes)
    {
        gate.OnAllocate(path, bytes);
        var file = File.OpenHandle(
            path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, preallocationSize: bytes);
        try
        {
            RandomAccess.SetLength(file, bytes);
            DiskSync.Data(file);
            DiskSync.Directory(directory);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
