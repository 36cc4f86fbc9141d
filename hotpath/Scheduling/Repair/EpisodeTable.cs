using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Scheduling.Repair;

/// <summary>
/// The episodes by (fingerprint, startsAt), and in the order in which they were last seen. In a storm each alert changes it, so it is changed in
/// place and snapshots get copies of its pages.
/// </summary>
internal sealed class EpisodeTable : IPagedTable<EpisodePage>
{
    /// <summary>Episodes remembered; the one not seen for the longest time is forgotten first.</summary>
    public const int Capacity = 65_536;

    /// <summary>Episodes of a snapshot page.</summary>
    public const int PageSize = 16;

    private readonly Dictionary<EpisodeKey, int> _byKey = [];
    private readonly SlotSet _slots = new();
    private Episode?[] _rows = new Episode?[PageSize];
    private Links[] _links = new Links[PageSize];
    private int _oldest = -1;
    private int _newest = -1;

    public int Count => _byKey.Count;

    public DirtyPages Dirty { get; } = new(PageSize);

    public Episode? Find(in EpisodeKey key) => _byKey.TryGetValue(key, out var slot) ? _rows[slot] : null;

    /// <summary>Looks at all of them.</summary>
    public bool AnyFires(long run)
    {
        foreach (var row in _rows)
        {
            if (row is { Firing: true, Resolved: false } && row.Run == run)
                return true;
        }
        return false;
    }

    /// <summary>Keeps the episode, which was seen after all others.</summary>
    public void Put(Episode episode)
    {
        if (_byKey.TryGetValue(episode.Key, out var slot))
        {
            Unlink(slot);
        }
        else
        {
            // First, so that the new one takes its slot and only one page changes.
            if (Count == Capacity)
                Forget(_oldest);
            slot = Add(episode.Key);
        }

        _rows[slot] = episode;
        _links[slot] = new Links(_newest, -1);
        if (_newest >= 0)
            _links[_newest].Later = slot;
        else
            _oldest = slot;
        _newest = slot;
        Dirty.Mark(slot);
    }

    /// <summary>A copy of the page, or null when it holds no episode.</summary>
    public EpisodePage? CopyPage(int page)
    {
        var rows = _rows.AsSpan(page * PageSize, PageSize);
        foreach (var row in rows)
        {
            if (row is not null)
                return new EpisodePage(rows.ToArray());
        }
        return null;
    }

    private int Add(in EpisodeKey key)
    {
        var slot = _slots.Take();
        if (slot >= _rows.Length)
        {
            Array.Resize(ref _rows, _rows.Length * 2);
            Array.Resize(ref _links, _rows.Length);
        }
        _byKey.Add(key, slot);
        return slot;
    }

    private void Forget(int slot)
    {
        Unlink(slot);
        _byKey.Remove(_rows[slot]!.Key);
        _rows[slot] = null;
        _slots.Free(slot);
        Dirty.Mark(slot);
    }

    private void Unlink(int slot)
    {
        var (earlier, later) = _links[slot];
        if (earlier >= 0)
            _links[earlier].Later = later;
        else
            _oldest = later;
        if (later >= 0)
            _links[later].Earlier = earlier;
        else
            _newest = earlier;
    }

    /// <summary>Neighbours in the order of being seen; -1 where there is none.</summary>
    private record struct Links(int Earlier, int Later);
}
