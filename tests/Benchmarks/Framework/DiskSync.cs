using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Pipeline.Benchmarks.Framework;

/// <summary>The baseline of everything durable: pwrite of 100 bytes and fdatasync, one record behind the other in a file of fixed size.</summary>
internal sealed partial class DiskSync : IDisposable
{
    private const int RecordBytes = 100;

    private const int FileBytes = 8 << 20;

    private readonly SafeFileHandle _file;
    private readonly byte[] _record = new byte[RecordBytes];
    private long _offset;

    public DiskSync(string directory)
    {
        // Reserved beforehand, as the journal's own files are, so that no write makes the file longer.
        _file = File.OpenHandle(Path.Combine(directory, "baseline"), FileMode.CreateNew, FileAccess.ReadWrite, preallocationSize: FileBytes);
        RandomAccess.SetLength(_file, FileBytes);
        RandomAccess.FlushToDisk(_file);
        Random.Shared.NextBytes(_record);
    }

    public void Write()
    {
        RandomAccess.Write(_file, _record, _offset);
        _offset = (_offset + RecordBytes) % (FileBytes - RecordBytes);
        if (FDataSync(_file) != 0)
            throw new IOException("fdatasync failed.");
    }

    public void Dispose() => _file.Dispose();

    [LibraryImport("libc", EntryPoint = "fdatasync")]
    private static partial int FDataSync(SafeFileHandle file);
}
