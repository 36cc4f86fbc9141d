using Pipeline.Hotpath.Cluster.Kubernetes;
using Pipeline.Hotpath.Cluster.Repairs;
using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Election;

namespace Pipeline.Hotpath.Hosting.Election;

/// <summary>What an election needs of a cluster.</summary>
/// <param name="Gate">Which every change through <paramref name="Gated"/> has to pass.</param>
/// <param name="Gated">The client of everything that a leader does.</param>
/// <param name="Free">The client of what a process does that does not lead: its own connections and turns, so that no load delays a renewal.</param>
public sealed record ElectionParts(LeaderGate Gate, KubernetesClient Gated, KubernetesClient Free, KubernetesCluster Cluster, IRunRecords Records);
