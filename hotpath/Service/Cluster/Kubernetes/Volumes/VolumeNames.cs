namespace Pipeline.Hotpath.Cluster.Kubernetes.Volumes;

/// <summary>What claims and volumes carry for those who bind them (pkg/controller/volume/persistentvolume/util).</summary>
internal static class VolumeNames
{
    /// <summary>Annotation of a claim: its volume has accepted it as well.</summary>
    public const string BindCompleted = "pv.kubernetes.io/bind-completed";

    /// <summary>Annotation of a volume: nobody asked for just this one, so it is free again when its claim takes another.</summary>
    public const string BoundByController = "pv.kubernetes.io/bound-by-controller";

    /// <summary>Annotation of a claim: the node for which its provisioner makes the volume. The provisioner takes it off when it cannot.</summary>
    public const string SelectedNode = "volume.kubernetes.io/selected-node";

    /// <summary>Annotation of claims and volumes that goes before spec.storageClassName.</summary>
    public const string Class = "volume.beta.kubernetes.io/storage-class";

    /// <summary>The provisioner of classes whose volumes an administrator makes.</summary>
    public const string NoProvisioner = "kubernetes.io/no-provisioner";

    /// <summary>Access mode of a claim that one pod at a time may use (KEP-2485).</summary>
    public const string OnePod = "ReadWriteOncePod";
}
