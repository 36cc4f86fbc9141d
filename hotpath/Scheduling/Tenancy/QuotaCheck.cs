namespace Pipeline.Scheduling.Tenancy;

/// <summary>Under which kind of use a project may take more of a machine group.</summary>
internal static class QuotaCheck
{
    /// <summary>Answer of <see cref="KindFor"/>: under none.</summary>
    public const int OverQuota = -1;

    /// <summary>The <see cref="UsageKind"/> that the workload would count as, or <see cref="OverQuota"/>.</summary>
    /// <param name="milli">Milli-GPU in all; 0 needs no quota.</param>
    public static int KindFor(UsageTable usage, int project, int group, Provisioning provisioning, long milli)
    {
        var kind = KindOf(provisioning);
        if (milli == 0 || IsWithin(usage, project, group, kind, milli))
            return (int)kind;
        if (kind == UsageKind.OnDemand && usage.Lendable(group) >= milli)
            return (int)UsageKind.Borrowed;
        return OverQuota;
    }

    /// <summary>The kind of a workload within its quota.</summary>
    public static UsageKind KindOf(Provisioning provisioning) => provisioning switch
    {
        Provisioning.Reserved => UsageKind.Reserved,
        Provisioning.OnDemand => UsageKind.OnDemand,
        _ => UsageKind.Spot,
    };

    /// <summary>The project's limit has room for so much more.</summary>
    public static bool IsWithin(UsageTable usage, int project, int group, UsageKind kind, long milli)
    {
        var limit = usage.Limit(project, group, kind);
        return limit < 0 || usage.Used(project, group, kind) + milli <= limit;
    }
}
