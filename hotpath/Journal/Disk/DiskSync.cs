using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Pipeline.Journal.Disk;

/// <summary>
/// Forces data to the device. The runtime offers only fsync; fdatasync leaves the timestamps out, which on a preallocated file saves
/// a write to the file system's own journal.
/// </summary>
internal static partial class DiskSync
{
    private const int ReadOnlyDirectory = 0x10000;
    private const int Interrupted = 4;

    /// <exception cref="IOException">The device reported an error; what was written since the last success may be lost.</exception>
    public static void Data(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux())
        {
            RandomAccess.FlushToDisk(file);
            return;
        }
        while (FDataSync(file) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error != Interrupted)
                throw new IOException($"fdatasync failed: {Marshal.GetPInvokeErrorMessage(error)}.");
        }
    }

    /// <summary>Makes names created, renamed or removed in a directory survive a power loss.</summary>
    public static void Directory(string path)
    {
        if (!OperatingSystem.IsLinux())
            return;
        using var handle = OpenPath(path, ReadOnlyDirectory);
        if (handle.IsInvalid || FSync(handle) != 0)
            throw new IOException($"fsync of directory '{path}' failed: {Marshal.GetLastPInvokeErrorMessage()}.");
    }

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int FDataSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle OpenPath(string path, int flags);
}
