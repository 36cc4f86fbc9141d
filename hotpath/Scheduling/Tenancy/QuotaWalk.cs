namespace Pipeline.Scheduling.Tenancy;

/// <summary>
/// What a project may still use of a machine group, taken member by member as a gang's members are entered: OnDemand within the limit as
/// long as that lasts, then borrowed.
/// </summary>
internal struct QuotaWalk
{
    private long _left;
    private long _lendable;

    public QuotaWalk(UsageTable usage, int project, int group, Provisioning provisioning)
    {
        Rank = QuotaCheck.KindOf(provisioning);
        var limit = usage.Limit(project, group, Rank);
        _left = limit < 0 ? long.MaxValue : limit - usage.Used(project, group, Rank);
        _lendable = Rank == UsageKind.OnDemand ? usage.Lendable(group) : 0;
    }

    /// <summary>The lowest kind that anything taken so far counts as.</summary>
    public UsageKind Rank { get; private set; }

    /// <summary>Takes as many members as the quota lets, and returns how many.</summary>
    /// <param name="milli">Milli-GPU of each; 0 needs no quota.</param>
    public int Take(long milli, int members)
    {
        if (milli == 0)
            return members;
        var own = TakeFrom(ref _left, milli, members);
        var borrowed = TakeFrom(ref _lendable, milli, members - own);
        if (borrowed > 0)
            Rank = UsageKind.Borrowed;
        return own + borrowed;
    }

    private static int TakeFrom(ref long left, long milli, int members)
    {
        var taken = (int)Math.Min(members, Math.Max(0, left) / milli);
        left -= taken * milli;
        return taken;
    }
}
