using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Preemption;

namespace Pipeline.Scheduling.Snapshots;

/// <summary>The disruption budgets by index, and the evicted workloads that count against them.</summary>
internal sealed class BudgetsPart(long version, object naming, Budget[] budgets, KeyValuePair<ulong, int>[] taken) : ImagePart
{
    /// <summary>Of the table that it was copied from.</summary>
    public long Version => version;

    /// <inheritdoc cref="BudgetTable.Naming"/>
    public object Naming => naming;

    public ImmutableArray<Budget> Budgets { get; } = ImmutableCollectionsMarshal.AsImmutableArray(budgets);

    public override ulong Key => KeyOf(ImageTable.Budgets, 0);

    public override object Identity => this;

    public static BudgetsPart Of(BudgetTable table) => new(table.Version, table.Naming, table.Copy(), table.CopyTaken());

    public override void Write(ref CommandWriter writer)
    {
        writer.Int32(Budgets.Length);
        foreach (var budget in Budgets)
        {
            writer.String(budget.Name);
            // One that is there, as all were once, says no more than that.
            writer.Int32(budget.GoneAt == 0 ? budget.Allowed : ~budget.Allowed);
            writer.Int32(budget.Taken);
            if (budget.GoneAt != 0)
                writer.Int64(budget.GoneAt);
        }
        foreach (var (workload, budget) in taken)
        {
            writer.UInt64(workload);
            writer.Int32(budget);
        }
    }

    /// <exception cref="InvalidDataException">The part is damaged.</exception>
    public static void Restore(BudgetTable table, ReadOnlySpan<byte> bytes)
    {
        var reader = new CommandReader(bytes);
        var count = reader.Int32();
        Damage.If((uint)count > BudgetTable.MaxBudgets, "budgets", count);
        for (var index = 0; index < count; index++)
        {
            var budget = Read(ref reader);
            Damage.If(budget.Allowed < 0 || budget.Taken < 0 || budget.GoneAt < 0 || table.TryFind(budget.Name, out _), "budget", index);
            Damage.If(budget.IsFree && budget != default(Budget) with { Name = "" }, "forgotten budget", index);
            if (!budget.IsFree)
                table.AddAt(index, budget);
        }
        table.RestoreEnd(count);
        for (var last = 0UL; !reader.AtEnd;)
        {
            var (workload, budget) = (reader.UInt64(), reader.Int32());
            Damage.If(workload <= last || budget < 0 || !table.Knows(budget), "eviction under a budget", budget);
            table.RestoreTaken(last = workload, budget);
        }
    }

    private static Budget Read(ref CommandReader reader)
    {
        var budget = new Budget(reader.String(), reader.Int32(), reader.Int32());
        return budget.Allowed >= 0 ? budget : budget with { Allowed = ~budget.Allowed, GoneAt = reader.Int64() };
    }
}
