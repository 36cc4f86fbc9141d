using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling.Queue;

/// <summary>A workload or a gang that waits for a place. Immutable.</summary>
/// <param name="Sequence">Order of arrival.</param>
/// <param name="Id">Workload id, or gang id.</param>
/// <param name="Shape">Of a single workload; of a gang, that of its first role.</param>
/// <param name="Gang">Null for a single workload.</param>
/// <param name="SubmittedAt">Unix milliseconds.</param>
public sealed record PendingJob(
    long Sequence, ulong Id, string Name, WorkloadTraits Traits, Shape Shape, GangSpec? Gang, bool MayPreempt, string Actor, long SubmittedAt)
{
    private const int GrowsFlag = 1;
    private const int SelectionFlag = 2;
    private const int RoleSelectionsFlag = 4;
    private const int InTurnFlag = 8;

    /// <summary>Milli-GPU in all.</summary>
    public long Milli => Gang?.Milli ?? Shape.Milli;

    /// <summary>
    /// A gang of which members had places when it came to wait, or were bound since. It is alone in its class: it lacks fewer than others like
    /// it, and is tied to the machine group and the domain of those that it has.
    /// </summary>
    public bool Grows { get; init; }

    /// <summary>See <see cref="PlaceCommand.InTurn"/>.</summary>
    public bool InTurn { get; init; }

    /// <summary>
    /// Ids of the <see cref="NodeSelection"/>s that say on which nodes the job may be, 0 for any: one that holds for every member of it, or one
    /// of each role of the gang.
    /// </summary>
    public ImmutableArray<ulong> Selections { get; init; } = [0];

    /// <summary>That of a role; of a single workload, that of role 0.</summary>
    public ulong SelectionOf(int role) => Selections.Length == 1 ? Selections[0] : Selections[role];

    /// <summary>Equal for jobs on which every decision is the same: where one does not fit, none does.</summary>
    internal string ClassKey()
    {
        var key = new StringBuilder();
        Append(key, Traits.Project, (int)Traits.Provisioning, (int)Traits.Category, (int)Traits.Purpose, Traits.Urgent ? 1 : 0, MayPreempt ? 1 : 0, InTurn ? 1 : 0);
        Append(key, Traits.ExpectedSeconds, (long)Traits.Service, (long)Traits.Reservation);
        foreach (var selection in Selections)
            Append(key.Append('n'), (long)selection);
        if (Gang is null)
        {
            Append(key, Shape);
            return key.ToString();
        }
        if (Grows)
            Append(key.Append('i'), (long)Id);
        Append(key.Append('g'), Gang.MinMembers, (int)Gang.Topology, Gang.HighestTier);
        foreach (var role in Gang.Roles)
        {
            Append(key, role.Shape);
            Append(key, role.Members.Length, role.SubgroupSize, role.SubgroupTier);
            if (role.Apart != 0)
                Append(key.Append('a'), (long)role.Apart);
        }
        return key.ToString();
    }

    internal void Write(ref CommandWriter writer)
    {
        writer.Int64(Sequence);
        writer.UInt64(Id);
        writer.String(Name);
        Traits.Write(ref writer);
        Shape.Write(ref writer);
        writer.Bool(Gang != null);
        Gang?.Write(ref writer);
        writer.Bool(MayPreempt);
        writer.String(Actor);
        writer.Int64(SubmittedAt);
        var ofAll = Selections is [not 0];
        var ofRoles = Selections.Length > 1;
        writer.Byte((byte)((Grows ? GrowsFlag : 0) | (ofAll ? SelectionFlag : 0) | (ofRoles ? RoleSelectionsFlag : 0) | (InTurn ? InTurnFlag : 0)));
        if (ofRoles)
            writer.Int32(Selections.Length);
        foreach (var selection in ofAll || ofRoles ? Selections : [])
            writer.UInt64(selection);
    }

    internal static PendingJob Read(ref CommandReader reader)
    {
        var job = new PendingJob(
            reader.Int64(), reader.UInt64(), reader.String(), WorkloadTraits.Read(ref reader), Shape.Read(ref reader),
            reader.Bool() ? GangSpec.Read(ref reader) : null, reader.Bool(), reader.String(), reader.Int64());
        var flags = reader.Byte();
        return job with
        {
            Grows = (flags & GrowsFlag) != 0,
            InTurn = (flags & InTurnFlag) != 0,
            Selections = (flags & RoleSelectionsFlag) != 0 ? reader.List(static (ref CommandReader r) => r.UInt64(), sizeof(ulong))
                : [(flags & SelectionFlag) != 0 ? reader.UInt64() : 0],
        };
    }

    private static void Append(StringBuilder key, in Shape shape)
        => Append(key, shape.GpuCount, shape.GpuMilli, shape.CpuMilli, shape.MemoryMib, (long)shape.Groups.Bits);

    private static void Append(StringBuilder key, params ReadOnlySpan<long> numbers)
    {
        foreach (var number in numbers)
            key.Append(CultureInfo.InvariantCulture, $"{number},");
    }
}
