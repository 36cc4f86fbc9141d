using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Kubernetes.InterPod;
using Pipeline.Hotpath.Cluster.Kubernetes.Translation;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Model;

/// <content>
/// Pods that may not be on the same nodes as others, or only there, or use the same volumes. Two of them may get places at the same time, each of which would do without
/// the other: so a pod claims its node before it is bound, or others leave it for its sake, and the second one is refused and placed anew.
/// </content>
internal sealed partial class KubernetesModel
{
    private PlacedPods Placed => field ??= new PlacedPods(TouchPodsOf);

    private GangMates Mates => field ??= new GangMates(members =>
    {
        foreach (var member in members)
            _dirtyPods.Add(member);
    });

    /// <summary>From now on the pod counts as one of the node's for all others.</summary>
    /// <returns>False: by now others are where it may not be with them, or where it has to.</returns>
    public bool Claim(ulong pod, string node)
    {
        lock (_gate)
        {
            if (_pods.Find(pod) is not { Node.Length: 0 } entry || entry.Claim == node)
                return true;
            Unclaim(entry);
            if (!MayClaim(entry, node))
                return false;
            Claim(entry, node);
            return true;
        }
    }

    /// <summary>The same for all of the pods, or for none.</summary>
    public bool Claim(IReadOnlyList<WorkloadBinding> places)
    {
        lock (_gate)
        {
            for (var place = 0; place < places.Count; place++)
            {
                if (Claim(places[place].Workload, places[place].Node))
                    continue;
                foreach (var claimed in places.Take(place))
                    NotBound(claimed.Workload);
                return false;
            }

            return true;
        }
    }

    /// <summary>The pod is about to be bound to the node, whoever has chosen it.</summary>
    public void Binding(ulong pod, string node)
    {
        lock (_gate)
        {
            if (_pods.Find(pod) is { Node.Length: 0 } entry)
                Claim(entry, node);
        }
    }

    /// <summary>The server has not bound the pod where it was to go, or it is to go there no longer.</summary>
    public void NotBound(ulong pod)
    {
        lock (_gate)
        {
            if (_pods.Find(pod) is { } entry)
                Unclaim(entry);
        }
    }

    private bool MayClaim(PodEntry entry, string node)
    {
        if (VolumesOf(entry) is var volumes && (volumes.AreTaken || !volumes.HasRoom(node)))
            return false;
        var others = InterPodDemand.Of(entry.Pod, entry.Rules, Placed);
        return others.IsNone || (_nodes.Find(node) is { } there && others.Nodes(PodConstraints.Of(entry.Pod, IsProductGroup(entry.Pod)), _nodes).Admits(there));
    }

    private void Claim(PodEntry entry, string node)
    {
        entry.Claim = node;
        NotePlace(entry);
    }

    private void Unclaim(PodEntry entry) => Claim(entry, "");

    private void NotePlace(PodEntry entry)
    {
        var node = PodStandings.Of(entry.Pod) switch
        {
            PodStanding.Bound => entry.Node,
            PodStanding.Pending => entry.Claim,
            _ => "",
        };
        if (node.Length == 0)
        {
            Displace(entry.Id);
            return;
        }

        Placed.Put(entry, node);
        Holders.Put(entry, node);
    }

    private void Displace(ulong pod)
    {
        Placed.Remove(pod);
        Holders.Remove(pod);
    }

    /// <exception cref="FormatException">A rule cannot be read, or not be kept; the message names the field.</exception>
    private InterPodDemand DemandOf(Pod pod, ClusterWorkload workload)
    {
        var rules = InterPodRules.Of(pod);
        if (rules.Together.Concat(rules.Apart).Any(term => term.IsWidened))
            throw new FormatException("spec.affinity: a namespaceSelector with terms is not supported");
        if (workload.Labels.Gang is null)
            return InterPodDemand.Of(pod, rules, Placed);
        return Mates.ProblemOf(pod, workload.Id, rules) is { Length: > 0 } problem
            ? throw new FormatException(problem)
            : InterPodDemand.Of(pod, rules, Placed, Mates.KeepingOff(pod, workload.Id));
    }

    private void TouchPodsOf(AffinityTerm term)
    {
        foreach (var entry in _pods.All)
        {
            if (PodStandings.Of(entry.Pod) == PodStanding.Pending && term.Pods.Includes(entry.Pod))
                _dirtyPods.Add(entry.Id);
        }
    }
}
