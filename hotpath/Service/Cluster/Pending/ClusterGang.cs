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

    /// <summary>What the members say of the gang; should they disagree, the oldest is believed.</summary>
    public GangLabel Label => Members.First().Value.Labels.Gang!;

    /// <summary>What says for all members without a node alike on which they may be; null: nothing, or not for all the same.</summary>
    public INodeFilter? Filter
    {
        get
        {
            var filter = Unbound.FirstOrDefault()?.Nodes;
            return filter is not null && Unbound.All(member => member.Nodes?.Id == filter.Id) ? filter : null;
        }
    }

    /// <summary>The engine's queue has one word on nodes for a whole gang, and needs none as long as every node will do.</summary>
    public bool IsOfOneKind => Filter is not null || Unbound.All(member => member.Nodes?.Admitted() is null);

    /// <summary>Enough members are there for any to be placed.</summary>
    public bool IsGathered => Pending > 0 && Members.Count >= Label.Min;

    private IEnumerable<ClusterWorkload> Unbound => Members.Values.Where(member => member.Node.Length == 0);

    public static (ulong Id, string Name) KeyOf(ClusterWorkload member)
        => (StableId.Of(member.Namespace, member.Labels.Gang!.Name), $"{member.Namespace}/{member.Labels.Gang!.Name}");
}
