namespace Pipeline.Scheduling.Tenancy;

/// <summary>What a workload may count on. Higher values may preempt lower ones, never the other way round.</summary>
public enum Provisioning : byte
{
    /// <summary>Any idle GPU; the first to go.</summary>
    Spot = 0,

    /// <summary>Up to the project's limit, and beyond it on idle Reserved capacity, which it gives back.</summary>
    OnDemand = 1,

    /// <summary>Guaranteed within the project's quota.</summary>
    Reserved = 2,
}

/// <summary>What a workload does.</summary>
public enum Category : byte
{
    Training = 0,
    Serving = 1,
    Data = 2,
    Interactive = 3,
}

/// <summary>What a workload is for.</summary>
public enum Purpose : byte
{
    Produce = 0,
    Service = 1,
    QA = 2,
    Test = 3,
}

/// <summary>How the use of a GPU is accounted for.</summary>
public enum UsageKind : byte
{
    Spot = 0,

    /// <summary>OnDemand beyond the limit, on Reserved capacity that is idle.</summary>
    Borrowed = 1,
    OnDemand = 2,
    Reserved = 3,
}
