using Pipeline.Kubernetes.Json;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Kubernetes;

/// <summary>The kinds that the product uses: those of Kubernetes itself, Volcano's and its own.</summary>
public static class Kinds
{
    /// <summary>Of a namespace nothing but its metadata is modelled.</summary>
    public static ResourceKind<PartialObject> Namespaces { get; } = new("", "v1", "namespaces", "Namespace", namespaced: false, ModelsJson.Default);

    public static ResourceKind<Node> Nodes { get; } = new("", "v1", "nodes", "Node", namespaced: false, ModelsJson.Default);

    public static ResourceKind<Pod> Pods { get; } = new("", "v1", "pods", "Pod", namespaced: true, ModelsJson.Default);

    public static ResourceKind<Event> Events { get; } = new("", "v1", "events", "Event", namespaced: true, ModelsJson.Default);

    /// <summary>Of policy/v1, which servers have from 1.21.</summary>
    public static ResourceKind<PodDisruptionBudget> PodDisruptionBudgets { get; } =
        new("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", namespaced: true, ModelsJson.Default);

    public static ResourceKind<PersistentVolumeClaim> PersistentVolumeClaims { get; } =
        new("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", namespaced: true, ModelsJson.Default);

    public static ResourceKind<PersistentVolume> PersistentVolumes { get; } = new("", "v1", "persistentvolumes", "PersistentVolume", namespaced: false, ModelsJson.Default);

    public static ResourceKind<StorageClass> StorageClasses { get; } = new("storage.k8s.io", "v1", "storageclasses", "StorageClass", namespaced: false, ModelsJson.Default);

    public static ResourceKind<CsiNode> CsiNodes { get; } = new("storage.k8s.io", "v1", "csinodes", "CSINode", namespaced: false, ModelsJson.Default);

    public static ResourceKind<Lease> Leases { get; } = new("coordination.k8s.io", "v1", "leases", "Lease", namespaced: true, ModelsJson.Default);

    public static ResourceKind<HyperNode> HyperNodes { get; } =
        new("topology.volcano.sh", "v1alpha1", "hypernodes", "HyperNode", namespaced: false, ModelsJson.Default);

    public static ResourceKind<PodGroup> PodGroups { get; } =
        new("scheduling.volcano.sh", "v1beta1", "podgroups", "PodGroup", namespaced: true, ModelsJson.Default);

    public static ResourceKind<Workspace> Workspaces { get; } = Own<Workspace>("workspaces", "Workspace");

    public static ResourceKind<Project> Projects { get; } = Own<Project>("projects", "Project");

    public static ResourceKind<MachineProfile> MachineProfiles { get; } = Own<MachineProfile>("machineprofiles", "MachineProfile");

    public static ResourceKind<Reservation> Reservations { get; } = Own<Reservation>("reservations", "Reservation");

    public static ResourceKind<NodeRepair> NodeRepairs { get; } = Own<NodeRepair>("noderepairs", "NodeRepair");

    private static ResourceKind<T> Own<T>(string plural, string kind)
        where T : KubernetesObject
        => new("pipeline.gpu", "v1alpha1", plural, kind, namespaced: false, ModelsJson.Default);
}
