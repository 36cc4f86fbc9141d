using System.Collections.Immutable;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling.Snapshots;

/// <summary>The scheduling policy in force, and every project name by index.</summary>
internal sealed class TenancyPart(SchedulingPolicy policy, ImmutableArray<string> projects) : ImagePart
{
    public SchedulingPolicy Policy => policy;

    public ImmutableArray<string> Projects => projects;

    public override ulong Key => KeyOf(ImageTable.Tenancy, 0);

    public override object Identity => this;

    public override void Write(ref CommandWriter writer)
    {
        // The first name stands for none and is always there.
        writer.Int32(projects.Length - 1);
        foreach (var name in projects.AsSpan()[1..])
            writer.String(name);
        SchedulingPolicyCodec.Write(ref writer, policy);
    }

    /// <exception cref="InvalidDataException">The part is damaged.</exception>
    public static void Restore(TenancyTable tenancy, ImmutableArray<string> groups, ReadOnlySpan<byte> bytes)
    {
        var reader = new CommandReader(bytes);
        var (count, names) = (reader.Int32(), new HashSet<string>(StringComparer.Ordinal) { "" });
        for (var i = 0; i < count; i++)
            Damage.If(!names.Add(reader.String()) || names.Count > TenancyTable.MaxProjects, "project names", i);
        // A set that nothing was removed from keeps its order.
        tenancy.RestoreNames([.. names.Skip(1)]);
        var policy = SchedulingPolicyCodec.Read(ref reader);
        Damage.If(!reader.AtEnd || PolicyProblems.Of(policy) != null || tenancy.NewNamesIn(policy) > 0, "scheduling policy", 0);
        tenancy.SetPolicy(policy, groups);
    }
}
