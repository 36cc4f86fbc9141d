using Pipeline.Hotpath.Cluster.Kubernetes.Model;
using Pipeline.Hotpath.Cluster.Kubernetes.Translation;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Volumes;

/// <summary>The pods that wait for a node of ours and name claims. Not for several threads.</summary>
/// <param name="scheduler">Pods of others are none of ours: their scheduler looks at their volumes.</param>
/// <param name="left">A claim has one user less.</param>
internal sealed class ClaimUsers(string scheduler, Action<ObjectName> left)
{
    private readonly Dictionary<ulong, IReadOnlyList<PodClaim>> _claims = [];
    private readonly Dictionary<ObjectName, HashSet<ulong>> _users = [];

    /// <summary>All of them.</summary>
    public IReadOnlyCollection<ulong> All => _claims.Keys;

    public IReadOnlyList<PodClaim> ClaimsOf(ulong pod) => _claims.GetValueOrDefault(pod, []);

    public IReadOnlyCollection<ulong> Of(ObjectName claim) => _users.GetValueOrDefault(claim) ?? (IReadOnlyCollection<ulong>)[];

    /// <summary>The pod is new or has changed.</summary>
    public void Put(PodEntry entry)
    {
        if (entry.Pod.Spec.SchedulerName != scheduler || PodStandings.Of(entry.Pod) is not (PodStanding.Pending or PodStanding.Gated))
        {
            Remove(entry.Id);
            return;
        }

        if (entry.Claims.Count == 0 || !_claims.TryAdd(entry.Id, entry.Claims))
            return;
        foreach (var claim in entry.Claims)
        {
            if (!_users.TryGetValue(claim.Name, out var users))
                _users.Add(claim.Name, users = []);
            users.Add(entry.Id);
        }
    }

    public void Remove(ulong pod)
    {
        if (!_claims.Remove(pod, out var claims))
            return;
        foreach (var claim in claims)
        {
            if (_users.TryGetValue(claim.Name, out var users) && users.Remove(pod) && users.Count == 0)
                _users.Remove(claim.Name);
            left(claim.Name);
        }
    }
}
