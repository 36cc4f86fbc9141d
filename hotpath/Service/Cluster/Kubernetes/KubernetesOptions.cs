using System.ComponentModel.DataAnnotations;
using Pipeline.Hotpath.Cluster.Kubernetes.Actions;
using Pipeline.Kubernetes.Client;

namespace Pipeline.Hotpath.Cluster.Kubernetes;

/// <summary>How a Kubernetes cluster is driven; section <c>Kubernetes</c>.</summary>
public sealed class KubernetesOptions
{
    /// <summary>Pods with this spec.schedulerName wait for us. Default <c>pipeline</c>, 1 to 253 characters.</summary>
    [Required, StringLength(253, MinimumLength = 1)]
    public string SchedulerName { get; set; } = "pipeline";

    /// <summary>
    /// Keys of taints that keep only those pods off that do not tolerate them. A node with another taint of effect NoSchedule or NoExecute
    /// is out of scheduling, as if a person had cordoned it. Default <c>nvidia.com/gpu</c>.
    /// </summary>
    public IReadOnlyList<string> TolerableTaints { get; set; } = ["nvidia.com/gpu"];

    /// <summary>Events (kubectl describe) a second; more are left out. Default 50, range 0 to 10,000.</summary>
    [Range(0, 10_000)]
    public int EventsPerSecond { get; set; } = 50;

    /// <summary>
    /// How long a placed pod's volumes may take to be made and bound before its place is given up, as kube-scheduler's bindTimeoutSeconds.
    /// Default 10 min, range 1 s to 1 h.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan VolumeTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How long a node may take, from when its kubelet is ready, until its driver is loaded and its GPUs are counted. A health check that fails so
    /// early looks again until its deadline. Default 5 min, range 0 to 1 h.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan NodeStartTime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Runs that have ended and are kept as NodeRepair objects, the newest; those whose node waits for a person are kept beside them. Default 200, range 0 to 1,000.</summary>
    [Range(0, 1_000)]
    public int EndedRuns { get; set; } = 200;

    /// <summary>Namespace of the pods that act on nodes. Default <c>pipeline-system</c>, 1 to 63 characters.</summary>
    [Required, StringLength(63, MinimumLength = 1)]
    public string ActionNamespace { get; set; } = "pipeline-system";

    /// <summary>How an action on a node is carried out, by <c>DriverReset</c>, <c>GpuReset</c>, <c>Reboot</c>, <c>PowerCycle</c> or <c>HealthCheck</c>. Default none.</summary>
    public IDictionary<string, ActionOptions> Actions { get; set; } = new Dictionary<string, ActionOptions>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Rate, patience and retries towards the API server.</summary>
    public KubernetesClientOptions Client { get; set; } = new();

    /// <exception cref="ValidationException">A setting is out of range; the message names it.</exception>
    /// <exception cref="ArgumentException">The same of <see cref="Client"/>.</exception>
    public void Validate()
    {
        Validator.ValidateObject(this, new ValidationContext(this), validateAllProperties: true);
        foreach (var (kind, action) in Actions)
            action.Validate(kind);
        Client.Validate();
    }
}
