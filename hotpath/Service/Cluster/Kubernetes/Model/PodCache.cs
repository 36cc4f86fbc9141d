using Pipeline.Hotpath.Cluster.Kubernetes.Translation;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Model;

/// <summary>The pods as the server has them, by id, name and node. Not for several threads.</summary>
internal sealed class PodCache
{
    private readonly Dictionary<ulong, PodEntry> _pods = [];
    private readonly Dictionary<ObjectName, PodEntry> _byName = [];
    private readonly Dictionary<string, HashSet<ulong>> _byNode = new(StringComparer.Ordinal);

    public IReadOnlyCollection<PodEntry> All => _pods.Values;

    public PodEntry? Find(ulong id) => _pods.GetValueOrDefault(id);

    public IReadOnlyCollection<ulong> On(string node) => _byNode.GetValueOrDefault(node) ?? (IReadOnlyCollection<ulong>)[];

    /// <param name="replaced">Id of a pod that had the name before, whose deletion nobody has told us of; 0: none.</param>
    /// <returns>Its id.</returns>
    public ulong Put(Pod pod, out ulong replaced)
    {
        replaced = 0;
        if (_byName.TryGetValue(pod.FullName, out var entry) && entry.Pod.Metadata.Uid != pod.Metadata.Uid)
        {
            replaced = entry.Id;
            Remove(entry);
            entry = null;
        }

        if (entry is null)
        {
            entry = new PodEntry(PodTranslation.IdOf(pod), pod);
            _pods[entry.Id] = _byName[pod.FullName] = entry;
            Index(entry);
        }
        else
        {
            Change(entry, known => known.Put(pod));
        }

        return entry.Id;
    }

    public void Change(PodEntry entry, Action<PodEntry> change)
    {
        var before = entry.Node;
        change(entry);
        if (entry.Node == before)
            return;
        Unindex(before, entry.Id);
        Index(entry);
    }

    /// <returns>0: the pod of that name is another one by now.</returns>
    public ulong Remove(Pod pod)
    {
        if (!_byName.TryGetValue(pod.FullName, out var entry) || entry.Pod.Metadata.Uid != pod.Metadata.Uid)
            return 0;
        Remove(entry);
        return entry.Id;
    }

    public void Remove(PodEntry entry)
    {
        _pods.Remove(entry.Id);
        _byName.Remove(entry.Pod.FullName);
        Unindex(entry.Node, entry.Id);
    }

    private void Index(PodEntry entry)
    {
        if (entry.Node.Length == 0)
            return;
        if (!_byNode.TryGetValue(entry.Node, out var on))
            _byNode.Add(entry.Node, on = []);
        on.Add(entry.Id);
    }

    private void Unindex(string node, ulong id)
    {
        if (node.Length > 0 && _byNode.TryGetValue(node, out var on) && on.Remove(id) && on.Count == 0)
            _byNode.Remove(node);
    }
}
