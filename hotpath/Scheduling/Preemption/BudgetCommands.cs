using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Placement;

namespace Pipeline.Scheduling.Preemption;

/// <summary>What the cluster says about disruption budgets.</summary>
internal static class BudgetCommands
{
    public static Reply Set(ClusterState state, SetBudgetCommand command, long now)
    {
        if (Demand.NameProblem(command.Name) is { } name)
            return Reply.Invalid(name);
        if (command.Allowed is < 0 or > BudgetTable.MaxAllowed)
            return Reply.Invalid($"Allowed: {command.Allowed} is not between 0 and {BudgetTable.MaxAllowed}.");
        var isNew = !state.Budgets.TryFind(command.Name, out _);
        if (isNew && state.Budgets.IsFull)
            BudgetForgetting.Forget(state, now);
        if (isNew && state.Budgets.IsFull)
            return Reply.Invalid($"Name: the model holds no more than {state.Budgets.Most} budgets.");
        var changed = state.Budgets.Set(command.Name, command.Allowed, out var budget);
        return Reply.Of(changed ? Outcome.Done : Outcome.Unchanged, budget);
    }

    public static Reply Remove(ClusterState state, RemoveBudgetCommand command, long now)
    {
        if (Demand.NameProblem(command.Name) is { } name)
            return Reply.Invalid(name);
        if (!state.Budgets.Remove(command.Name, now))
            return Reply.Of(Outcome.Unchanged);
        if (state.Budgets.Gone % BudgetForgetting.Batch == 0)
            BudgetForgetting.Forget(state, now);
        return Reply.Of(Outcome.Done);
    }
}
