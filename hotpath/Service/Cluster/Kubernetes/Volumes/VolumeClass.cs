using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Volumes;

/// <summary>What scheduling needs of a StorageClass.</summary>
/// <param name="WaitsForNode">Its claims get their volume when the node of a pod that uses them is known.</param>
/// <param name="Provisioner">Who makes volumes when they are claimed; empty: nobody does.</param>
internal sealed record VolumeClass(bool WaitsForNode, string Provisioner, IReadOnlyList<TopologySelectorTerm> Topologies)
{
    public static VolumeClass Of(StorageClass given)
        => new(given.VolumeBindingMode == "WaitForFirstConsumer", given.Provisioner == VolumeNames.NoProvisioner ? "" : given.Provisioner, given.AllowedTopologies);

    public bool IsProvisioned => Provisioner.Length > 0;

    /// <summary>A volume can be made for any node.</summary>
    public bool ServesAll => IsProvisioned && Topologies.Count == 0;

    /// <summary>A volume can be made for the node.</summary>
    public bool Serves(Node node) => IsProvisioned && (Topologies.Count == 0 || Topologies.Any(term => Matches(term, node)));

    private static bool Matches(TopologySelectorTerm term, Node node) => term.MatchLabelExpressions.Count > 0
        && term.MatchLabelExpressions.All(expression => node.Metadata.Labels.TryGetValue(expression.Key, out var value) && expression.Values.Contains(value));
}
