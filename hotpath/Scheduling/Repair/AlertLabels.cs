using System.Buffers.Binary;
using System.Collections;
using System.Runtime.CompilerServices;
using System.Text;
using Pipeline.Scheduling.Commands;

namespace Pipeline.Scheduling.Repair;

/// <summary>
/// Labels of an alert, each as <c>name=value</c>, in the bytes that the journal has for them. The engine does not look into them, and in a
/// storm hundreds of thousands of alerts wait for the checkpoint: as texts their labels would be most of what the garbage collector has to
/// visit.
/// </summary>
[CollectionBuilder(typeof(AlertLabels), nameof(Of))]
public readonly struct AlertLabels : IEnumerable<string>
{
    private const int CountBytes = sizeof(int);

    private static readonly byte[] None = new byte[CountBytes];

    // What is no text must not become another one on its way through the journal.
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[]? _bytes;

    private AlertLabels(byte[] bytes) => _bytes = bytes;

    public int Count => BinaryPrimitives.ReadInt32LittleEndian(Bytes);

    /// <summary>A 32-bit count, then each label in UTF-8 behind its 32-bit length.</summary>
    internal ReadOnlySpan<byte> Bytes => _bytes ?? None;

    /// <summary>Characters of the longest.</summary>
    internal int Longest
    {
        get
        {
            var longest = 0;
            foreach (var label in new Entries(Bytes))
                longest = Math.Max(longest, Encoding.UTF8.GetCharCount(label));
            return longest;
        }
    }

    /// <exception cref="ArgumentException">One is no well-formed text.</exception>
    public static AlertLabels Of(params ReadOnlySpan<string> labels)
    {
        if (labels.IsEmpty)
            return default;
        var length = CountBytes;
        foreach (var label in labels)
            length += sizeof(int) + Utf8.GetByteCount(label);
        var writer = new CommandWriter(new byte[length]);
        writer.Int32(labels.Length);
        foreach (var label in labels)
            writer.String(label);
        return new AlertLabels(writer.Buffer);
    }

    /// <exception cref="InvalidDataException">The bytes are no labels.</exception>
    internal static AlertLabels Read(ref CommandReader reader)
    {
        var bytes = reader.Strings();
        return bytes.Length == CountBytes ? default : new AlertLabels(bytes.ToArray());
    }

    public IEnumerator<string> GetEnumerator()
    {
        var texts = new List<string>(Count);
        foreach (var label in new Entries(Bytes))
            texts.Add(Encoding.UTF8.GetString(label));
        return texts.GetEnumerator();
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The bytes of each label.</summary>
    private ref struct Entries(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _rest = bytes[CountBytes..];

        public ReadOnlySpan<byte> Current { get; private set; }

        public readonly Entries GetEnumerator() => this;

        public bool MoveNext()
        {
            if (_rest.IsEmpty)
                return false;
            var length = BinaryPrimitives.ReadInt32LittleEndian(_rest);
            Current = _rest.Slice(sizeof(int), length);
            _rest = _rest[(sizeof(int) + length)..];
            return true;
        }
    }
}
