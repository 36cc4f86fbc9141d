using Pipeline.Hotpath.Cluster.Kubernetes.Model;
using Pipeline.Hotpath.Cluster.Kubernetes.Volumes;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Watching;

namespace Pipeline.Hotpath.Tests.Cluster.Kubernetes.Volumes;

/// <summary>Claims, volumes and classes as the server sends them.</summary>
internal static class Storage
{
    /// <param name="spec">More of it, such as <c>"volumeName":"v"</c>.</param>
    /// <param name="notes">Annotations.</param>
    public static PersistentVolumeClaim Claim(
        string name = "data", string given = "local", string size = "1Gi", string spec = "", string notes = "", string metadata = "", string phase = "Pending", int version = 1,
        string mode = "ReadWriteOnce")
        => Objects.Read<PersistentVolumeClaim>($$"""
        {"metadata":{"name":"{{name}}","namespace":"team","uid":"c-{{name}}","resourceVersion":"{{version}}","annotations":{ {{notes}} }{{Further(metadata)}} },
         "spec":{"accessModes":["{{mode}}"],"storageClassName":"{{given}}","resources":{"requests":{"storage":"{{size}}"} }{{Further(spec)}} },"status":{"phase":"{{phase}}"} }
        """);

    /// <summary>A claim whose binding is complete.</summary>
    public static PersistentVolumeClaim Bound(string volume, string name = "data", int version = 1, string mode = "ReadWriteOnce") => Claim(
        name, spec: $"\"volumeName\":\"{volume}\"", notes: "\"pv.kubernetes.io/bind-completed\":\"yes\"", phase: "Bound", version: version, mode: mode);

    /// <param name="host">The one node that it can be attached to; null: all.</param>
    public static PersistentVolume Volume(
        string name, string? host = null, string given = "local", string size = "1Gi", string spec = "", string labels = "", string phase = "Available", int version = 1)
        => Objects.Read<PersistentVolume>($$"""
        {"metadata":{"name":"{{name}}","uid":"v-{{name}}","resourceVersion":"{{version}}","labels":{ {{labels}} } },
         "spec":{"accessModes":["ReadWriteOnce"],"storageClassName":"{{given}}","capacity":{"storage":"{{size}}"}{{Further(host is null ? "" : Affinity(host))}}{{Further(spec)}} },
         "status":{"phase":"{{phase}}"} }
        """);

    public static string Affinity(string host)
        => $$$"""
        "nodeAffinity":{"required":{"nodeSelectorTerms":[{"matchExpressions":[{"key":"kubernetes.io/hostname","operator":"In","values":["{{{host}}}"]}]}]} }
        """;

    public static string For(string claim, string uid) => $$"""
        "claimRef":{"namespace":"team","name":"{{claim}}","uid":"{{uid}}"}
        """;

    public static StorageClass Class(string name = "local", string provisioner = "kubernetes.io/no-provisioner", string mode = "WaitForFirstConsumer", string topologies = "")
        => Objects.Read<StorageClass>($$"""
        {"metadata":{"name":"{{name}}"},"provisioner":"{{provisioner}}","volumeBindingMode":"{{mode}}","allowedTopologies":[{{topologies}}] }
        """);

    /// <summary>A volume that a CSI driver attaches, and the claim that is bound to it.</summary>
    public static (PersistentVolume Volume, PersistentVolumeClaim Claim) Attached(string claim, string driver = "x", string? handle = null) => (
        Volume($"v-{claim}", spec: $"{For(claim, $"c-{claim}")},\"csi\":{{\"driver\":\"{driver}\",\"volumeHandle\":\"{handle ?? claim}\"}}", phase: "Bound"),
        Bound($"v-{claim}", claim, version: 9));

    /// <param name="limits">By driver; null: it says nothing.</param>
    public static CsiNode Limits(string node, params (string Driver, int? Count)[] limits) => Objects.Read<CsiNode>($$"""
        {"metadata":{"name":"{{node}}"},"spec":{"drivers":[{{string.Join(',', limits.Select(limit =>
            $"{{\"name\":\"{limit.Driver}\",\"nodeID\":\"i\"{(limit.Count is { } count ? $",\"allocatable\":{{\"count\":{count}}}" : "")}}}"))}}] } }
        """);

    public static Node Host(string name, string labels = "") => Objects.Node(name, $"\"labels\":{{\"kubernetes.io/hostname\":\"{name}\"{Further(labels)}}}");

    /// <summary>There was nothing yet.</summary>
    public static void Read(KubernetesModel model)
    {
        model.Apply(new Change<PersistentVolumeClaim>.Replaced([]));
        model.Apply(new Change<PersistentVolume>.Replaced([]));
        model.Apply(new Change<StorageClass>.Replaced([]));
        model.Apply(new Change<CsiNode>.Replaced([]));
    }

    public static ClaimHolders NoHolders(VolumeTable table) => new(table, (_, _) => { });

    public static VolumeTable Table(params object[] objects)
    {
        var table = new VolumeTable();
        foreach (var item in objects)
        {
            if (item is PersistentVolumeClaim claim)
                table.Put(VolumeClaim.Of(claim));
            else if (item is PersistentVolume volume)
                table.Put(Hotpath.Cluster.Kubernetes.Volumes.Volume.Of(volume));
            else if (item is StorageClass given)
                table.Put(given.Metadata.Name, VolumeClass.Of(given));
        }

        return table;
    }

    private static string Further(string json) => json.Length == 0 ? "" : "," + json;
}
