namespace Pipeline.Hotpath.Cluster.Kubernetes.Volumes;

/// <summary>A pod has its node, and its volumes are being brought there.</summary>
/// <param name="Volumes">
/// What limited its nodes when the node was chosen. It is held to that, or every step of a claim would make another pod of it, which loses the place.
/// </param>
/// <param name="Begun">Timestamp.</param>
internal sealed record Preparation(string Node, PodVolumes Volumes, long Begun)
{
    /// <summary>Uids of the claims for which a volume is being made. One that has lost its node was refused by its provisioner.</summary>
    public HashSet<string> Told { get; } = new(StringComparer.Ordinal);

    /// <summary>Nobody has looked since a claim or a volume changed.</summary>
    public bool IsOutdated { get; set; }
}
