namespace Pipeline.Kubernetes.Limiting;

/// <summary>Who goes first when requests wait.</summary>
public enum RequestPriority
{
    /// <summary>Work of the scheduler, reads.</summary>
    Normal,

    /// <summary>What must not wait for anything: taints.</summary>
    Urgent,

    /// <summary>What may wait for everything: events, status of our own objects.</summary>
    Background,
}
