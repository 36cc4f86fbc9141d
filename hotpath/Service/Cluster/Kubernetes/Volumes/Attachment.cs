namespace Pipeline.Hotpath.Cluster.Kubernetes.Volumes;

/// <summary>A volume that a CSI driver attaches to nodes.</summary>
/// <param name="Handle">What the driver calls it; of one that is not made yet, what we do.</param>
internal readonly record struct Attachment(string Driver, string Handle)
{
    /// <summary>One of the driver's that no node has yet.</summary>
    public Attachment AsNew => this with { Handle = "" };
}
