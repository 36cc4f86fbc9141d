using Pipeline.Hotpath.Cluster.Kubernetes.Model;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Volumes;

/// <summary>The pods that are on a node, or about to be, and name claims, whoever has placed them. Not for several threads.</summary>
/// <param name="changed">A claim has one holder more, or less.</param>
internal sealed class ClaimHolders(Action<ObjectName> changed)
{
    private readonly Dictionary<ulong, PodEntry> _pods = [];
    private readonly Dictionary<ObjectName, HashSet<ulong>> _holders = [];

    public void Put(PodEntry entry)
    {
        if (entry.Claims.Count == 0 || !_pods.TryAdd(entry.Id, entry))
            return;
        foreach (var claim in entry.Claims)
        {
            if (!_holders.TryGetValue(claim.Name, out var holders))
                _holders.Add(claim.Name, holders = []);
            holders.Add(entry.Id);
            changed(claim.Name);
        }
    }

    public void Remove(ulong pod)
    {
        if (!_pods.Remove(pod, out var entry))
            return;
        foreach (var claim in entry.Claims)
        {
            if (_holders.TryGetValue(claim.Name, out var holders) && holders.Remove(pod) && holders.Count == 0)
                _holders.Remove(claim.Name);
            changed(claim.Name);
        }
    }

    /// <summary>Name of a pod that holds the claim beside this one; null: none does.</summary>
    public string? OtherThan(ulong pod, ObjectName claim)
        => _holders.GetValueOrDefault(claim)?.Where(holder => holder != pod).Select(holder => _pods[holder].Pod.Metadata.Name).Order(StringComparer.Ordinal).FirstOrDefault();
}
