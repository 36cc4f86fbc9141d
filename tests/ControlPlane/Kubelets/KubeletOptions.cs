namespace Pipeline.TestControlPlane;

/// <summary>How fast the stand-in kubelets live.</summary>
public sealed record KubeletOptions
{
    /// <summary>Each node's Lease is renewed this often. Default 10 s, as the kubelet does. <see cref="Timeout.InfiniteTimeSpan"/>: never.</summary>
    public TimeSpan LeaseInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Each node's status is written this often, which every watch of nodes sees. Default: never; the kubelet's is 5 min.</summary>
    public TimeSpan StatusInterval { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>Seconds of a pod's grace period that pass in one second; pods use all of it. Above 0; default 30: the usual 30 s take 1 s.</summary>
    public double TerminationSpeed { get; init; } = 30;

    /// <summary>Requests under way at a time, for pods and for nodes each. Default 16.</summary>
    public int Parallelism { get; init; } = 16;
}
