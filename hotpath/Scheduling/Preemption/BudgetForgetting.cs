namespace Pipeline.Scheduling.Preemption;

/// <summary>
/// Forgets the budgets that the cluster has no more and under which nobody is. Whoever is under one is looked for only now and then, so that
/// placing and releasing do not have to count.
/// </summary>
internal static class BudgetForgetting
{
    /// <summary>Milliseconds that a gone budget keeps its index: longer than a command that names it is on its way.</summary>
    public const long KeptFor = 600_000;

    /// <summary>Gone budgets after every so many of which it is looked.</summary>
    public const int Batch = 256;

    public static void Forget(ClusterState state, long now)
    {
        var budgets = state.Budgets;
        if (!HasOld(budgets, now))
            return;
        var used = UsedIn(state);
        for (var budget = 0; budget < budgets.Count; budget++)
        {
            if (IsOld(budgets[budget], now) && !used[budget])
                budgets.Forget(budget);
        }
    }

    private static bool HasOld(BudgetTable budgets, long now)
    {
        if (budgets.Gone == 0)
            return false;
        for (var budget = 0; budget < budgets.Count; budget++)
        {
            if (IsOld(budgets[budget], now))
                return true;
        }
        return false;
    }

    private static bool IsOld(in Budget budget, long now) => budget.GoneAt != 0 && now - budget.GoneAt >= KeptFor;

    private static bool[] UsedIn(ClusterState state)
    {
        var used = new bool[state.Budgets.Count];
        state.Budgets.MarkTaken(used);
        for (var slot = 0; slot < state.Workloads.End; slot++)
        {
            if (state.Workloads[slot].Id != 0)
                Mark(state.Workloads[slot].Traits.Budget);
        }
        for (var set = 0; set < state.Sets.End; set++)
            Mark(state.Sets[set].Gang?.Traits.Budget ?? -1);
        for (var slot = 0; slot < state.Pending.End; slot++)
        {
            if (!state.Pending.IsUsed(slot))
                continue;
            Mark(state.Pending[slot].Traits.Budget);
            Mark(state.Pending[slot].Gang?.Traits.Budget ?? -1);
        }
        foreach (var departure in state.Departures.All)
            Mark(departure.Row.Traits.Budget);
        return used;

        void Mark(int budget)
        {
            if (budget >= 0)
                used[budget] = true;
        }
    }
}
