using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Kubernetes;
using Pipeline.Hotpath.Cluster.Kubernetes.Model;
using Pipeline.Hotpath.Cluster.Kubernetes.Translation;
using Pipeline.Hotpath.Cluster.Kubernetes.Volumes;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Watching;

namespace Pipeline.Hotpath.Tests.Cluster.Kubernetes.Volumes;

/// <summary>Nodes, and pods with volumes that have been read.</summary>
internal sealed class VolumeWorld
{
    public VolumeWorld(params ReadOnlySpan<string> nodes)
    {
        foreach (var node in nodes)
            Model.Apply(new Change<Node>.Put(Storage.Host(node)));
        Storage.Read(Model);
    }

    public KubernetesModel Model { get; } = new(new KubernetesOptions(), _ => { });

    public static ulong Id(string pod) => PodTranslation.IdOf($"u-{pod}");

    /// <param name="claims">Their names, with blanks between them.</param>
    public static Pod Pod(string name, string? node = null, string scheduler = "pipeline", string claims = "", string metadata = "", string status = "")
    {
        var volumes = claims.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select((claim, at) => $"{{\"name\":\"v{at}\",\"persistentVolumeClaim\":{{\"claimName\":\"{claim}\"}}}}");
        var pod = Objects.Pod(
            $"{Objects.Containers("\"nvidia.com/gpu\":1")},\"schedulerName\":\"{scheduler}\",\"volumes\":[{string.Join(',', volumes)}]"
            + (node is null ? "" : $",\"nodeName\":\"{node}\""), metadata, status);
        return pod with { Metadata = pod.Metadata with { Name = name, Uid = $"u-{name}" } };
    }

    public void Put(StorageClass given) => Model.Apply(new Change<StorageClass>.Put(given));

    public void Put(PersistentVolume volume) => Model.Apply(new Change<PersistentVolume>.Put(volume));

    public void Put(PersistentVolumeClaim claim) => Model.Apply(new Change<PersistentVolumeClaim>.Put(claim));

    public void Put(CsiNode node) => Model.Apply(new Change<CsiNode>.Put(node));

    public void Put(params ReadOnlySpan<Pod> pods)
    {
        foreach (var pod in pods)
            Model.Apply(new Change<Pod>.Put(pod));
    }

    public void Delete(Pod pod) => Model.Apply(new Change<Pod>.Deleted(pod));

    public void Delete(CsiNode node) => Model.Apply(new Change<CsiNode>.Deleted(node));

    public bool Claim(string pod, string node) => Model.Claim(Id(pod), node);

    public void NotBound(string pod) => Model.NotBound(Id(pod));

    public void Bound(string pod, string node) => Model.Bound(Id(pod), node, new Dictionary<string, string>());

    public VolumeStep Prepare(string pod, string node) => Model.PrepareVolumes(Id(pod), node, 0, _ => false);

    /// <summary>What there is of the pod now.</summary>
    public ClusterWorkload Told(string pod) => Model.List().Workloads.Single(workload => workload.Id == Id(pod));

    /// <summary>The nodes where it may be now; "any".</summary>
    public string NodesOf(string pod) => Told(pod).Nodes?.Admitted() is { } nodes ? string.Concat(nodes.Order(StringComparer.Ordinal)) : "any";

    /// <summary>What was told of the pod since somebody asked for events; null: nothing.</summary>
    public ClusterWorkload? NewsOf(string pod)
        => Events().OfType<ClusterEvent.WorkloadPending>().Select(change => change.Workload).SingleOrDefault(workload => workload.Id == Id(pod));

    public List<ClusterEvent> Events()
    {
        var events = new List<ClusterEvent>();
        while (Model.TryTake(out var change))
            events.Add(change);
        return events;
    }
}
