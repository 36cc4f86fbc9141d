using Pipeline.Kubernetes.Models;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Objects;

/// <summary>
/// Named entries of the policy: those underneath, and over them those of objects. An object that is wrong leaves its last good version in
/// force until it is mended or deleted: a slip of the pen must not take a project's quota away.
/// </summary>
internal sealed class PolicyLayer<TObject, TEntry>(Func<TEntry, string> nameOf)
    where TObject : KubernetesObject
    where TEntry : class
{
    private readonly Dictionary<string, (string Uid, TEntry Entry)> _good = new(StringComparer.Ordinal);
    private bool _recalled;

    /// <summary>Of the last merge, by the name of the object.</summary>
    public IReadOnlyDictionary<string, Verdict> Verdicts { get; private set; } = new Dictionary<string, Verdict>();

    /// <param name="inForce">Entries that the engine has.</param>
    /// <returns>In the order of names.</returns>
    public IReadOnlyCollection<TEntry> Merge(
        IEnumerable<TEntry> underneath, IEnumerable<TEntry> inForce, IReadOnlyDictionary<string, TObject> objects, Func<TObject, Reading<TEntry>> read)
    {
        var (merged, twice) = (new SortedDictionary<string, TEntry>(StringComparer.Ordinal), new List<TEntry>());
        foreach (var entry in underneath)
        {
            if (!merged.TryAdd(nameOf(entry), entry))
                twice.Add(entry);
        }

        var below = merged.Keys.ToHashSet(StringComparer.Ordinal);
        Recall(merged, inForce, objects);
        foreach (var gone in _good.Where(good => objects.GetValueOrDefault(good.Key)?.Metadata.Uid != good.Value.Uid).ToList())
            _good.Remove(gone.Key);

        var verdicts = new Dictionary<string, Verdict>(StringComparer.Ordinal);
        foreach (var (name, item) in objects)
        {
            var (entry, problem) = read(item);
            if (entry is not null && !merged.ContainsKey(name) && merged.Count >= PolicyProblems.MaxNames)
                (entry, problem) = (null, $"metadata.name: the policy has {PolicyProblems.MaxNames} others already.");
            if (entry is not null)
                _good[name] = (item.Metadata.Uid, entry);
            if (_good.TryGetValue(name, out var good))
                merged[name] = good.Entry;
            verdicts[name] = new Verdict(
                item.Metadata.Uid, item.Metadata.Generation, problem is null,
                problem ?? (below.Contains(name) ? "In place of the policy file's entry of this name." : ""));
        }

        Verdicts = verdicts;
        // Left for the engine to refuse, which names the field.
        return [.. merged.Values, .. twice];
    }

    /// <summary>After a start what is in force is all that is known of good versions.</summary>
    private void Recall(SortedDictionary<string, TEntry> underneath, IEnumerable<TEntry> inForce, IReadOnlyDictionary<string, TObject> objects)
    {
        if (_recalled)
            return;
        _recalled = true;
        foreach (var entry in inForce)
        {
            var name = nameOf(entry);
            if (objects.TryGetValue(name, out var item) && !(underneath.TryGetValue(name, out var below) && below.Equals(entry)))
                _good[name] = (item.Metadata.Uid, entry);
        }
    }
}
