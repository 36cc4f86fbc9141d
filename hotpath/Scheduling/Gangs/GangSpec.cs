using System.Collections.Immutable;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling.Gangs;

/// <summary>Whether a gang must stay within one network domain.</summary>
public enum TopologyMode : byte
{
    /// <summary>Anywhere.</summary>
    None = 0,

    /// <summary>The tightest domain that fits, else anywhere.</summary>
    Soft = 1,

    /// <summary>Inside one domain of at most the highest tier allowed, or not at all.</summary>
    Hard = 2,
}

/// <summary>Workloads that start together or not at all. Immutable: a gang that grows gets a new one.</summary>
/// <param name="Id">Chosen by the caller, unique among live gangs, not 0.</param>
/// <param name="Name"><c>namespace/name</c>, for people.</param>
/// <param name="MinMembers">Members without which none may run; 0: all. What is beyond is elastic.</param>
/// <param name="HighestTier">Hard topology: the widest tier that a domain of the gang may have.</param>
/// <param name="Roles">Members by shape, and by the nodes on which they may be; 1 to <see cref="MaxRoles"/>.</param>
public sealed record GangSpec(
    ulong Id, string Name, WorkloadTraits Traits, int MinMembers, TopologyMode Topology, int HighestTier, ImmutableArray<GangRole> Roles)
{
    public const int MaxRoles = 64;

    /// <summary>Members of one gang; larger is a mistake, and one decision must stay one of milliseconds.</summary>
    public const int MaxMembers = 16_384;

    // What follows the roles then. Gangs from before it was known have no such mode.
    private const byte ApartFlag = 0x80;

    /// <summary>Members over all roles.</summary>
    public int Members
    {
        get
        {
            var sum = 0;
            foreach (var role in Roles)
                sum += role.Members.Length;
            return sum;
        }
    }

    /// <summary>Members that must be placed at once.</summary>
    public int Needed => MinMembers == 0 ? Members : MinMembers;

    /// <summary>Members that must be placed beside those that are; the rest of them is elastic. Negative: more are placed than must be.</summary>
    /// <param name="missing">Members without a place.</param>
    internal int NeededOf(int missing) => Needed - (Members - missing);

    /// <summary>As few of the missing members as it is worth to enter: one at least, though the gang may do without.</summary>
    internal int FewestOf(int missing) => Math.Max(1, NeededOf(missing));

    /// <summary>It may start with members of one size or of another.</summary>
    internal bool IsChoosable => Roles.Length > 1 && Needed < Members;

    /// <summary>Members may not be wherever there is room for them: see <see cref="GangRole.Apart"/>.</summary>
    internal bool IsApart
    {
        get
        {
            foreach (var role in Roles)
            {
                if (role.Apart != 0)
                    return true;
            }
            return false;
        }
    }

    /// <summary>Milli-GPU over all members.</summary>
    public long Milli
    {
        get
        {
            var sum = 0L;
            foreach (var role in Roles)
                sum += role.Shape.Milli * role.Members.Length;
            return sum;
        }
    }

    internal void Write(ref CommandWriter writer)
    {
        writer.UInt64(Id);
        writer.String(Name);
        Traits.Write(ref writer);
        writer.Int32(MinMembers);
        writer.Byte((byte)((byte)Topology | (IsApart ? ApartFlag : 0)));
        writer.Int32(HighestTier);
        writer.Int32(Roles.Length);
        foreach (var role in Roles)
            role.Write(ref writer);
        foreach (var role in IsApart ? Roles : [])
            writer.UInt64(role.Apart);
    }

    internal static GangSpec Read(ref CommandReader reader)
    {
        var (id, name, traits, min, topology) = (reader.UInt64(), reader.String(), WorkloadTraits.Read(ref reader), reader.Int32(), reader.Byte());
        var gang = new GangSpec(id, name, traits, min, (TopologyMode)(topology & ~ApartFlag), reader.Int32(), reader.List(GangRole.Read));
        return (topology & ApartFlag) == 0 ? gang : gang with { Roles = WithApart(gang.Roles, ref reader) };
    }

    private static ImmutableArray<GangRole> WithApart(ImmutableArray<GangRole> roles, ref CommandReader reader)
    {
        var apart = ImmutableArray.CreateBuilder<GangRole>(roles.Length);
        foreach (var role in roles)
            apart.Add(role with { Apart = reader.UInt64() });
        return apart.MoveToImmutable();
    }
}

/// <summary>Members of a gang that are alike.</summary>
/// <param name="Members">Workload ids, chosen by the caller.</param>
/// <param name="SubgroupSize">Members that must share a domain of tier <paramref name="SubgroupTier"/> or below, in the order given; 0: no sub-groups.</param>
public sealed record GangRole(string Name, Shape Shape, ImmutableArray<ulong> Members, int SubgroupSize, int SubgroupTier)
{
    /// <summary>
    /// Bit i: its members may not be on a node with one of role i, whose own says the same of this role; with its own bit, no two of them. 0 (the
    /// default): they may be with any.
    /// </summary>
    public ulong Apart { get; init; }

    /// <param name="role">Its index.</param>
    internal int MostOnNode(int role) => (Apart >> role & 1) != 0 ? 1 : int.MaxValue;

    internal void Write(ref CommandWriter writer)
    {
        writer.String(Name);
        Shape.Write(ref writer);
        writer.Int32(SubgroupSize);
        writer.Int32(SubgroupTier);
        writer.Int32(Members.Length);
        foreach (var member in Members)
            writer.UInt64(member);
    }

    internal static GangRole Read(ref CommandReader reader)
    {
        var (name, shape) = (reader.String(), Shape.Read(ref reader));
        var (size, tier) = (reader.Int32(), reader.Int32());
        return new GangRole(name, shape, reader.List(static (ref CommandReader r) => r.UInt64(), sizeof(ulong)), size, tier);
    }
}
