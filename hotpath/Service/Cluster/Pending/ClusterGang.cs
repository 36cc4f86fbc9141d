using Pipeline.Contracts.Cluster;

namespace Pipeline.Hotpath.Cluster.Pending;

/// <summary>The members of a gang that the cluster has, those that run as well.</summary>
internal sealed class ClusterGang(ulong id, string name)
{
    public ulong Id => id;

    /// <summary><c>namespace/name</c>.</summary>
    public string Name => name;

    public SortedDictionary<ulong, ClusterWorkload> Members { get; } = [];

    /// <summary>Members that have no node yet.</summary>
    public int Pending { get; set; }

    /// <summary>The engine's queue has a description of the gang, as far as is known here.</summary>
    public bool Queued { get; set; }

    /// <summary>Project index under which the engine has it.</summary>
    public int Project { get; set; }

    /// <summary>What the members say of the gang; should they disagree, the one with the lowest id is believed, whoever asks and whenever.</summary>
    public GangLabel Label => Members.First().Value.Labels.Gang!;

    /// <summary>Enough members are there for any to be placed.</summary>
    public bool IsGathered => Pending > 0 && Members.Count >= Label.Min;

    public static (ulong Id, string Name) KeyOf(ClusterWorkload member)
        => (StableId.Of(member.Namespace, member.Labels.Gang!.Name), $"{member.Namespace}/{member.Labels.Gang!.Name}");
}
