using System.Runtime.CompilerServices;

namespace Pipeline.Hotpath.Http;

/// <summary>The tags of a measurement as a key, so that a label set seen before costs no text. Holds up to <see cref="Capacity"/> tags.</summary>
internal readonly struct TagSet : IEquatable<TagSet>
{
    /// <summary>More tags go the slow way.</summary>
    public const int Capacity = 3;

    private readonly Tags _tags;
    private readonly int _count;

    public TagSet(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        _count = tags.Length;
        for (var i = 0; i < tags.Length; i++)
            _tags[i] = tags[i];
    }

    public bool Equals(TagSet other)
    {
        if (_count != other._count)
            return false;
        for (var i = 0; i < _count; i++)
        {
            if (_tags[i].Key != other._tags[i].Key || !Equals(_tags[i].Value, other._tags[i].Value))
                return false;
        }

        return true;
    }

    public override bool Equals(object? obj) => obj is TagSet other && Equals(other);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        for (var i = 0; i < _count; i++)
        {
            hash.Add(_tags[i].Key);
            hash.Add(_tags[i].Value);
        }

        return hash.ToHashCode();
    }

    [InlineArray(Capacity)]
    private struct Tags
    {
        private KeyValuePair<string, object?> _first;
    }
}
