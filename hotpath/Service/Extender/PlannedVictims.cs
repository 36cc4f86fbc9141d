using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Cluster.Kubernetes.Translation;
using Pipeline.Hotpath.Extender.Json;

namespace Pipeline.Hotpath.Extender;

/// <summary>A plan of evictions in the words of the contract, which names pods by UID.</summary>
internal static class PlannedVictims
{
    /// <summary>
    /// The one node of the plan. Empty when nobody's going would help, and when a victim has no UID that is known: with one victim less the
    /// pod would not fit. Victims of a broken gang on other nodes have no place in the contract; they lose their gang and end with it.
    /// </summary>
    public static Dictionary<string, MetaVictims> Of(PlanEvictionsReply plan, PreemptionArgs args)
    {
        var (victims, pods) = (new Dictionary<string, MetaVictims>(StringComparer.Ordinal), new List<MetaPod>());
        foreach (var victim in plan.Victims)
        {
            if (victim.Node != plan.Node)
                continue;
            if (UidOf(victim, args) is not { } uid)
                return victims;
            pods.Add(new MetaPod(uid));
        }

        // kube-scheduler takes no node without a victim (pkg/scheduler, callExtenders).
        if (pods.Count > 0)
            victims.Add(plan.Node, new MetaVictims(pods, 0));
        return victims;
    }

    private static string? UidOf(PlannedVictim victim, PreemptionArgs args)
        => victim.Uid.Length > 0 ? victim.Uid
        : args.Victims.GetValueOrDefault(victim.Node)?.Pods?.FirstOrDefault(pod => pod is { Uid: { } uid } && PodTranslation.IdOf(uid) == victim.Workload)?.Uid;
}
