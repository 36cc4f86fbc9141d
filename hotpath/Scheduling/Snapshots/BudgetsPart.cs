using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Preemption;

namespace Pipeline.Scheduling.Snapshots;

/// <summary>The disruption budgets by index, and the evicted workloads that count against them.</summary>
internal sealed class BudgetsPart(long version, Budget[] budgets, KeyValuePair<ulong, int>[] taken) : ImagePart
{
    /// <summary>Of the table that it was copied from.</summary>
    public long Version => version;

    public ImmutableArray<Budget> Budgets { get; } = ImmutableCollectionsMarshal.AsImmutableArray(budgets);

    public override ulong Key => KeyOf(ImageTable.Budgets, 0);

    public override object Identity => this;

    public static BudgetsPart Of(BudgetTable table) => new(table.Version, table.Copy(), table.CopyTaken());

    public override void Write(ref CommandWriter writer)
    {
        writer.Int32(Budgets.Length);
        foreach (var budget in Budgets)
        {
            writer.String(budget.Name);
            writer.Int32(budget.Allowed);
            writer.Int32(budget.Taken);
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
            var budget = new Budget(reader.String(), reader.Int32(), reader.Int32());
            Damage.If(budget.Name.Length == 0 || budget.Allowed < 0 || budget.Taken < 0 || table.TryFind(budget.Name, out _), "budget", index);
            table.Add(budget);
        }
        for (var last = 0UL; !reader.AtEnd;)
        {
            var (workload, budget) = (reader.UInt64(), reader.Int32());
            Damage.If(workload <= last || (uint)budget >= (uint)count, "eviction under a budget", budget);
            table.RestoreTaken(last = workload, budget);
        }
    }
}
