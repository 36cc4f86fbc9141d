namespace Pipeline.Hotpath.Cluster.Kubernetes;

/// <summary>What pods and nodes carry for us, and what we write on them.</summary>
internal static class PipelineNames
{
    public const string Prefix = "pipeline.gpu/";

    // Labels of pods.
    public const string Project = Prefix + "project";
    public const string Profile = Prefix + "profile";
    public const string Provisioning = Prefix + "provisioning";
    public const string Category = Prefix + "category";
    public const string Purpose = Prefix + "purpose";
    public const string Urgent = Prefix + "urgent";
    public const string Service = Prefix + "service";
    public const string Gang = Prefix + "gang";

    /// <summary>Label: the name of the Reservation whose nodes the pod may use.</summary>
    public const string Reservation = Prefix + "reservation";

    // Annotations of pods.
    public const string GangMin = Prefix + "gang-min";
    public const string Topology = Prefix + "topology";
    public const string ExpectedDuration = Prefix + "expected-duration";
    public const string CheckpointAge = Prefix + "checkpoint-age";
    public const string GpuMilli = Prefix + "gpu-milli";

    /// <summary>Annotation: the GPUs that the pod uses, a mask in hexadecimal. We write it before we bind.</summary>
    public const string Gpus = Prefix + "gpus";

    /// <summary>Annotation of a pod of another scheduler's: when its gang was complete. kube-scheduler looks again at a pod that has changed.</summary>
    public const string GangComplete = Prefix + "gang-complete";

    /// <summary>Annotation of Volcano's pods: the name of their PodGroup.</summary>
    public const string GroupName = "scheduling.k8s.io/group-name";

    // Labels of nodes. Ours is the machine group where both are there.
    public const string Group = Prefix + "group";
    public const string Product = "nvidia.com/gpu.product";
    public const string Zone = Prefix + "zone";

    /// <summary>Label of nodes: its values are the nodes themselves.</summary>
    public const string Hostname = "kubernetes.io/hostname";

    /// <summary>Label: the state of the run that holds the node.</summary>
    public const string State = Prefix + "state";

    /// <summary>Taint; its value is the run that holds the node.</summary>
    public const string Quarantined = Prefix + "quarantined";

    // Annotations of nodes that a run holds.
    public const string Run = Prefix + "run";
    public const string Step = Prefix + "step";
    public const string Attempt = Prefix + "attempt";
    public const string FaultClass = Prefix + "fault-class";

    /// <summary>Annotation: who made the node unschedulable, the run or a person. Only what the run did is undone at its end.</summary>
    public const string CordonOwner = Prefix + "cordon-owner";

    /// <summary>All annotations of a mark.</summary>
    public static readonly string[] MarkAnnotations = [Run, Step, Attempt, FaultClass, CordonOwner];

    public const string GpuResource = "nvidia.com/gpu";

    /// <summary>Followed by the profile, such as <c>1g.10gb</c>.</summary>
    public const string MigResource = "nvidia.com/mig-";
}
