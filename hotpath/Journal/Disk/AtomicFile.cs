namespace Pipeline.Journal.Disk;

/// <summary>Replaces a small file so that after a crash either the old or the new content is there, whole.</summary>
public static class AtomicFile
{
    internal const string NextSuffix = ".next";

    /// <exception cref="IOException">It could not be written, or not be forced to the device.</exception>
    public static void Replace(string path, ReadOnlySpan<byte> content) => Replace(path, content, DiskGate.Open);

    internal static void Replace(string path, ReadOnlySpan<byte> content, DiskGate gate)
    {
        var next = path + NextSuffix;
        gate.OnAllocate(next, content.Length);
        using (var file = File.OpenHandle(next, FileMode.Create, FileAccess.Write))
        {
            gate.OnWrite(next, 0, content.Length);
            RandomAccess.Write(file, content, 0);
            gate.OnSync(next);
            DiskSync.Data(file);
        }
        File.Move(next, path, overwrite: true);
        DiskSync.Directory(Path.GetDirectoryName(path)!);
    }
}
