using Pipeline.Hotpath.Cluster.Kubernetes.Model;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Volumes;

/// <summary>The pods that are on a node, or about to be, and name claims, whoever has placed them. Not for several threads.</summary>
/// <param name="table">Says which volumes the claims stand for.</param>
/// <param name="changed">A claim has one holder more, or less; true: it is the first, or was the last.</param>
internal sealed class ClaimHolders(VolumeTable table, Action<ObjectName, bool> changed)
{
    private readonly Dictionary<ulong, (PodEntry Pod, string Node)> _pods = [];
    private readonly Dictionary<ObjectName, Holders> _holders = [];

    /// <summary>Their volumes.</summary>
    public Attachments Attachments { get; } = new();

    public void Put(PodEntry entry, string node)
    {
        if (entry.Claims.Count == 0 || (_pods.TryGetValue(entry.Id, out var known) && known.Node == node))
            return;
        Remove(entry.Id);
        _pods.Add(entry.Id, (entry, node));
        foreach (var (claim, _) in entry.Claims)
        {
            if (!_holders.TryGetValue(claim, out var held))
                _holders.Add(claim, held = new Holders { Volume = table.AttachmentOf(claim) });
            held.Pods.Add(entry.Id);
            Count(node, held, 1);
            changed(claim, held.Pods.Count == 1);
        }
    }

    public void Remove(ulong pod)
    {
        if (!_pods.Remove(pod, out var known))
            return;
        foreach (var (claim, _) in known.Pod.Claims)
        {
            var held = _holders[claim];
            held.Pods.Remove(pod);
            Count(known.Node, held, -1);
            if (held.Pods.Count == 0)
                _holders.Remove(claim);
            changed(claim, held.Pods.Count == 0);
        }
    }

    /// <summary>The claim may stand for another volume than before.</summary>
    public void Look(ObjectName claim)
    {
        if (!_holders.TryGetValue(claim, out var held) || table.AttachmentOf(claim) is var now && now == held.Volume)
            return;
        foreach (var pod in held.Pods)
            Count(_pods[pod].Node, held, -1);
        held.Volume = now;
        foreach (var pod in held.Pods)
            Count(_pods[pod].Node, held, 1);
    }

    /// <summary>All claims may stand for others.</summary>
    public void Look()
    {
        foreach (var claim in _holders.Keys)
            Look(claim);
    }

    /// <summary>Name of a pod that holds the claim beside this one; null: none does.</summary>
    public string? OtherThan(ulong pod, ObjectName claim)
        => _holders.GetValueOrDefault(claim)?.Pods.Where(holder => holder != pod).Select(holder => _pods[holder].Pod.Pod.Metadata.Name)
            .Order(StringComparer.Ordinal).FirstOrDefault();

    /// <summary>A node has the volume, or will, for the sake of a pod beside this one.</summary>
    public bool IsAttachedBeside(ulong pod, Attachment volume)
    {
        var own = _pods.TryGetValue(pod, out var known) ? known.Pod.Claims.Count(claim => _holders[claim.Name].Volume == volume) : 0;
        return Attachments.UsersOf(volume) > own;
    }

    private void Count(string node, Holders held, int change)
    {
        if (held.Volume is { } volume)
            Attachments.Count(node, volume, change);
    }

    private sealed class Holders
    {
        public HashSet<ulong> Pods { get; } = [];

        /// <summary>Null: it stands for none that is attached, or nobody knows.</summary>
        public Attachment? Volume { get; set; }
    }
}
