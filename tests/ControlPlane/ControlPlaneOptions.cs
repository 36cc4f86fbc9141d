namespace Pipeline.TestControlPlane;

/// <summary>What a control plane consists of. By default: etcd and the API server.</summary>
public sealed record ControlPlaneOptions
{
    /// <summary>Start kube-scheduler too, with the configuration below.</summary>
    public bool Scheduler { get; init; }

    /// <summary>As <see cref="ControlPlane.StartSchedulerAsync"/> takes it; null for kube-scheduler's default.</summary>
    public string? SchedulerConfiguration { get; init; }

    /// <summary>Start kube-controller-manager too: it maintains the status of PodDisruptionBudgets, and taints nodes whose Lease ran out.</summary>
    public bool ControllerManager { get; init; }

    /// <summary>More flags for kube-apiserver, such as "--watch-cache=false".</summary>
    public IReadOnlyList<string> ApiServerArguments { get; init; } = [];

    /// <summary>More flags for kube-controller-manager, such as "--node-monitor-grace-period=5s".</summary>
    public IReadOnlyList<string> ControllerManagerArguments { get; init; } = [];
}
