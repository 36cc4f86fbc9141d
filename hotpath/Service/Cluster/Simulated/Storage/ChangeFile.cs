using System.Buffers;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace Pipeline.Hotpath.Cluster.Simulated.Storage;

/// <summary>
/// The file of changes, one JSON object a line. A line counts once its newline is written: what a killed writer left of the last line
/// never took effect and is cut off at open. Not thread-safe: the cluster's lock guards it.
/// </summary>
internal sealed class ChangeFile : IDisposable
{
    private const string FileName = "changes.jsonl";
    private const byte NewLine = (byte)'\n';

    private readonly string _path;
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly Utf8JsonWriter _json;
    private SafeFileHandle _handle;
    private long _length;

    private ChangeFile(string path, SafeFileHandle handle)
    {
        _path = path;
        _handle = handle;
        _json = new Utf8JsonWriter(_buffer);
    }

    /// <summary>Lines in the file.</summary>
    public long Lines { get; private set; }

    /// <summary>Lines that the last rewrite made.</summary>
    public long ImageLines { get; private set; }

    /// <summary>Opens or makes the file and hands every change in it to <paramref name="replay"/>, in order.</summary>
    /// <exception cref="IOException">The directory cannot be used, or another process has the file open.</exception>
    /// <exception cref="InvalidDataException">A line before the last is damaged.</exception>
    public static ChangeFile Open(string directory, Action<Change> replay)
    {
        Directory.CreateDirectory(directory);
        var path = Path.Combine(directory, FileName);
        var file = new ChangeFile(path, File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        try
        {
            file.Replay(replay);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <param name="throughToDisk">Wait until the disk has it; otherwise it survives the process, not the machine.</param>
    public void Append(Change change, bool throughToDisk)
    {
        var (length, lines) = (_length, Lines);
        _buffer.ResetWrittenCount();
        Encode(change);
        try
        {
            WriteBuffer();
            if (throughToDisk)
                RandomAccess.FlushToDisk(_handle);
        }
        catch (IOException)
        {
            // The change will not take effect, so the next one goes in its place.
            (_length, Lines) = (length, lines);
            RandomAccess.SetLength(_handle, length);
            throw;
        }
    }

    /// <summary>Puts <paramref name="image"/> in the place of all lines; the old file stays until the new one is on disk.</summary>
    public void Rewrite(IEnumerable<Change> image)
    {
        const int chunk = 1 << 20;
        var temporary = _path + ".new";
        var (oldHandle, oldLength, oldLines) = (_handle, _length, Lines);
        _handle = File.OpenHandle(temporary, FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        (_length, Lines) = (0, 0);
        try
        {
            _buffer.ResetWrittenCount();
            foreach (var change in image)
            {
                Encode(change);
                if (_buffer.WrittenCount >= chunk)
                {
                    WriteBuffer();
                    _buffer.ResetWrittenCount();
                }
            }

            WriteBuffer();
            RandomAccess.FlushToDisk(_handle);
            File.Move(temporary, _path, overwrite: true);
        }
        catch
        {
            _handle.Dispose();
            (_handle, _length, Lines) = (oldHandle, oldLength, oldLines);
            throw;
        }

        oldHandle.Dispose();
        ImageLines = Lines;
    }

    public void Dispose()
    {
        _json.Dispose();
        _handle.Dispose();
    }

    private void Encode(Change change)
    {
        _json.Reset();
        JsonSerializer.Serialize(_json, change, ChangeJson.Default.Change);
        _json.Flush();
        _buffer.Write([NewLine]);
    }

    private void WriteBuffer()
    {
        RandomAccess.Write(_handle, _buffer.WrittenSpan, _length);
        _length += _buffer.WrittenCount;
        Lines += _buffer.WrittenSpan.Count(NewLine);
    }

    private void Replay(Action<Change> replay)
    {
        var bytes = new byte[RandomAccess.GetLength(_handle)];
        var read = 0;
        while (read < bytes.Length && RandomAccess.Read(_handle, bytes.AsSpan(read), read) is var count and > 0)
            read += count;

        var rest = bytes.AsSpan(0, read);
        while (rest.IndexOf(NewLine) is var end and >= 0)
        {
            Lines++;
            var change = Decode(rest[..end]);
            replay(change);
            if (change is ImageEnd)
                ImageLines = Lines;
            _length += end + 1;
            rest = rest[(end + 1)..];
        }

        RandomAccess.SetLength(_handle, _length);
    }

    private Change Decode(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, ChangeJson.Default.Change)
                ?? throw new InvalidDataException($"{_path} line {Lines}: no change.");
        }
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            throw new InvalidDataException($"{_path} line {Lines}: damaged: {error.Message}", error);
        }
    }
}
