using System.Globalization;
using System.Text.Json.Nodes;

namespace Pipeline.TestControlPlane;

/// <summary>The objects that a kubelet writes, as far as anybody looks at them.</summary>
internal static class Manifests
{
    public const string Gpu = "nvidia.com/gpu";

    private const string HostIp = "127.0.0.1";

    public static JsonObject Node(string name, int number, NodeTemplate template, DateTimeOffset now)
    {
        var labels = new JsonObject { ["kubernetes.io/hostname"] = name, ["kubernetes.io/os"] = "linux", ["kubernetes.io/arch"] = "amd64" };
        if (template.Group is not null)
            labels[template.GroupLabel] = template.Group;
        foreach (var (key, value) in template.Labels?.Invoke(number) ?? new Dictionary<string, string>())
            labels[key] = value;
        var status = NodeStatus(now);
        status["capacity"] = Capacity(template);
        status["allocatable"] = Capacity(template);
        status["addresses"] = new JsonArray(new JsonObject { ["type"] = "Hostname", ["address"] = name });
        status["nodeInfo"] = new JsonObject
        {
            ["bootID"] = "first",
            ["kubeletVersion"] = "v1.20.2",
            ["kubeProxyVersion"] = "v1.20.2",
            ["operatingSystem"] = "linux",
            ["architecture"] = "amd64",
        };
        return new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Node",
            ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = labels },
            ["status"] = status,
        };
    }

    /// <summary>The conditions of a node that is well, with the time of this heartbeat.</summary>
    public static JsonObject NodeStatus(DateTimeOffset now)
    {
        JsonObject Condition(string type, string status, string reason) => new()
        {
            ["type"] = type,
            ["status"] = status,
            ["reason"] = reason,
            ["lastHeartbeatTime"] = Seconds(now),
        };
        return new JsonObject
        {
            ["conditions"] = new JsonArray(
                Condition("Ready", "True", "KubeletReady"), Condition("MemoryPressure", "False", "KubeletHasSufficientMemory"),
                Condition("DiskPressure", "False", "KubeletHasNoDiskPressure"), Condition("PIDPressure", "False", "KubeletHasSufficientPID")),
        };
    }

    public static JsonObject Lease(string node, DateTimeOffset now) => new()
    {
        ["apiVersion"] = "coordination.k8s.io/v1",
        ["kind"] = "Lease",
        ["metadata"] = new JsonObject { ["name"] = node, ["namespace"] = "kube-node-lease" },
        ["spec"] = new JsonObject { ["holderIdentity"] = node, ["leaseDurationSeconds"] = 40, ["renewTime"] = Micros(now) },
    };

    public static JsonObject Running(Pod pod, string ip, DateTimeOffset now)
    {
        JsonObject Condition(string type) => new() { ["type"] = type, ["status"] = "True", ["lastTransitionTime"] = Seconds(now) };
        var containers = pod.Containers.Select(container => (JsonNode)new JsonObject
        {
            ["name"] = container.Name,
            ["image"] = container.Image,
            ["imageID"] = "",
            ["containerID"] = $"stand-in://{pod.Uid}/{container.Name}",
            ["ready"] = true,
            ["started"] = true,
            ["restartCount"] = 0,
            ["state"] = new JsonObject { ["running"] = new JsonObject { ["startedAt"] = Seconds(now) } },
        });
        return StatusOf(pod, new JsonObject
        {
            ["phase"] = "Running",
            ["hostIP"] = HostIp,
            ["podIP"] = ip,
            ["podIPs"] = new JsonArray(new JsonObject { ["ip"] = ip }),
            ["startTime"] = Seconds(now),
            ["containerStatuses"] = new JsonArray([.. containers]),
            ["conditions"] = new JsonArray(Condition("Initialized"), Condition("ContainersReady"), Condition("Ready")),
        });
    }

    /// <summary>As the kubelet's admission writes it (pkg/kubelet/lifecycle/predicate.go, and rejectPod in kubelet.go).</summary>
    public static JsonObject OutOf(Pod pod, Shortage shortage, DateTimeOffset now) => StatusOf(pod, new JsonObject
    {
        ["phase"] = "Failed",
        ["reason"] = $"OutOf{shortage.Resource}",
        ["message"] = string.Create(CultureInfo.InvariantCulture,
            $"Pod Node didn't have enough resource: {shortage.Resource}, requested: {shortage.Requested}, used: {shortage.Used}, capacity: {shortage.Capacity}"),
        ["startTime"] = Seconds(now),
    });

    // These make it a conflict when the pod has changed, or another one has got the name since.
    private static JsonObject StatusOf(Pod pod, JsonObject status)
        => new() { ["metadata"] = new JsonObject { ["uid"] = pod.Uid, ["resourceVersion"] = pod.Version }, ["status"] = status };

    private static JsonObject Capacity(NodeTemplate template)
    {
        var capacity = new JsonObject { ["cpu"] = template.Cpu, ["memory"] = template.Memory, ["pods"] = $"{template.Pods}" };
        if (template.Gpus > 0)
            capacity[Gpu] = $"{template.Gpus}";
        return capacity;
    }

    // metav1.Time and metav1.MicroTime are read in exactly these forms.
    private static string Seconds(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Micros(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
