namespace Pipeline.Hotpath.Extender.Json;

/// <summary>Names in UTF-8, each ended by a line feed.</summary>
internal ref struct NameLines(ReadOnlySpan<byte> names)
{
    private ReadOnlySpan<byte> _rest = names;

    public ReadOnlySpan<byte> Current { get; private set; }

    public readonly NameLines GetEnumerator() => this;

    public bool MoveNext()
    {
        var end = _rest.IndexOf((byte)'\n');
        if (end < 0)
            return false;
        Current = _rest[..end];
        _rest = _rest[(end + 1)..];
        return true;
    }
}
