using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Placement;

namespace Pipeline.Scheduling.Preemption;

/// <summary>What the cluster says about disruption budgets.</summary>
internal static class BudgetCommands
{
    public static Reply Set(ClusterState state, SetBudgetCommand command)
    {
        if (Demand.NameProblem(command.Name) is { } name)
            return Reply.Invalid(name);
        if (command.Allowed is < 0 or > BudgetTable.MaxAllowed)
            return Reply.Invalid($"Allowed: {command.Allowed} is not between 0 and {BudgetTable.MaxAllowed}.");
        if (state.Budgets.Count >= BudgetTable.MaxBudgets && !state.Budgets.TryFind(command.Name, out _))
            return Reply.Invalid($"Name: the model holds no more than {BudgetTable.MaxBudgets} budgets.");
        var changed = state.Budgets.Set(command.Name, command.Allowed, out var budget);
        return Reply.Of(changed ? Outcome.Done : Outcome.Unchanged, budget);
    }
}
