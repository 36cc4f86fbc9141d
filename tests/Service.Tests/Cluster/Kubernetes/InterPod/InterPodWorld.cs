using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Kubernetes;
using Pipeline.Hotpath.Cluster.Kubernetes.Model;
using Pipeline.Hotpath.Cluster.Kubernetes.Translation;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Watching;

namespace Pipeline.Hotpath.Tests.Cluster.Kubernetes.InterPod;

/// <summary>Nodes of two zones, and pods that say on which of them others may be.</summary>
internal sealed class InterPodWorld
{
    public const string Hostname = "kubernetes.io/hostname";
    public const string Zone = "zone";

    private readonly KubernetesModel _model = new(new KubernetesOptions(), _ => { });

    /// <param name="nodes">Their zones; one without has no such label.</param>
    public InterPodWorld(params ReadOnlySpan<string> nodes)
    {
        for (var node = 0; node < nodes.Length; node++)
            Put(Node($"n{node + 1}", nodes[node]));
    }

    public static string Apart(string app, string by = Hostname) => Term("podAntiAffinity", app, by);

    public static string Together(string app, string by = Hostname) => Term("podAffinity", app, by);

    public static string Spread(string app, string by = Zone, int skew = 1, string further = "") =>
        "\"topologySpreadConstraints\":[{\"maxSkew\":" + skew + ",\"topologyKey\":\"" + by + "\",\"whenUnsatisfiable\":\"DoNotSchedule\",\"labelSelector\":{\"matchLabels\":{\"app\":\"" + app + "\"}}" + further + "}]";

    public static Node Node(string name, string zone, string allocatable = "") => Objects.Node(
        name, "\"labels\":{\"" + Hostname + "\":\"" + name + "\"" + (zone.Length > 0 ? ",\"" + Zone + "\":\"" + zone + "\"" : "") + "}", allocatable: allocatable);

    public static Pod Pod(string name, string app, string spec = "", string? node = null, string metadata = "", string requests = "\"nvidia.com/gpu\":1", string space = "team")
    {
        var pod = Objects.Asking(
            requests, "\"schedulerName\":\"pipeline\"" + (node is null ? "" : $",\"nodeName\":\"{node}\"") + (spec.Length > 0 ? "," + spec : ""),
            "\"labels\":{\"app\":\"" + app + "\"}" + (metadata.Length > 0 ? "," + metadata : ""));
        return pod with { Metadata = pod.Metadata with { Name = name, Namespace = space, Uid = $"u-{name}" } };
    }

    public static ulong Id(string pod) => PodTranslation.IdOf($"u-{pod}");

    public void Put(Node node) => _model.Apply(new Change<Node>.Put(node));

    public void Put(params ReadOnlySpan<Pod> pods)
    {
        foreach (var pod in pods)
            _model.Apply(new Change<Pod>.Put(pod));
    }

    public void Delete(Pod pod) => _model.Apply(new Change<Pod>.Deleted(pod));

    public bool Claim(string pod, string node) => _model.Claim(Id(pod), node);

    public bool Claim(params ReadOnlySpan<(string Pod, string Node)> places)
    {
        var all = new List<WorkloadBinding>();
        foreach (var (pod, node) in places)
            all.Add(new WorkloadBinding(Id(pod), node, 0));
        return _model.Claim(all);
    }

    public void Binding(string pod, string node) => _model.Binding(Id(pod), node);

    public void NotBound(string pod) => _model.NotBound(Id(pod));

    public void Bound(string pod, string node) => _model.Bound(Id(pod), node, new Dictionary<string, string>());

    public ClusterWorkload Told(string pod) => _model.List().Workloads.Single(workload => workload.Id == Id(pod));

    /// <summary>The nodes where it may be now, by number; "any".</summary>
    public string NodesOf(string pod) => Told(pod).Nodes?.Admitted() is { } nodes ? string.Join(',', nodes.Order(StringComparer.Ordinal).Select(name => name[1..])) : "any";

    public List<ClusterEvent> Events()
    {
        var events = new List<ClusterEvent>();
        while (_model.TryTake(out var change))
            events.Add(change);
        return events;
    }

    private static string Term(string kind, string app, string by)
        => "\"affinity\":{\"" + kind + "\":{\"requiredDuringSchedulingIgnoredDuringExecution\":[{\"labelSelector\":{\"matchLabels\":{\"app\":\"" + app + "\"}},\"topologyKey\":\"" + by + "\"}]}}";
}
