using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Kubernetes;
using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Json;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Actions;

/// <summary>The pods that act on nodes.</summary>
internal static class ActionPods
{
    /// <summary>Label: the kind of action, in lower case.</summary>
    public const string Label = PipelineNames.Prefix + "action";

    /// <summary>Label: the node that it acts on; of one with a long name, a hash of that. Annotation: its name.</summary>
    public const string NodeLabel = PipelineNames.Prefix + "action-node";

    /// <summary>Annotation: the key under which the action was started.</summary>
    public const string KeyAnnotation = PipelineNames.Prefix + "action-key";

    /// <summary>Annotation: the boot of the node in which it was started.</summary>
    public const string BootAnnotation = PipelineNames.Prefix + "boot-id";

    private const int MaxLabel = 63;

    /// <summary>Whether it acts from the node itself, so that a boot of the node ends it.</summary>
    public static bool IsOnItsNode(Pod pod) => pod.Spec.NodeName == NodeOf(pod);

    public static string NodeOf(Pod pod) => pod.Metadata.Annotations.GetValueOrDefault(NodeLabel) ?? pod.Metadata.Labels.GetValueOrDefault(NodeLabel, "");

    /// <summary>The same for the same key, so that a second start finds the first.</summary>
    public static string NameOf(string key) => $"pipeline-action-{HashOf(key)}";

    /// <summary>The pods that act on the node, or did.</summary>
    public static ListOptions On(string node, string space) => new() { Namespace = space, LabelSelector = $"{NodeLabel}={LabelOf(node)}" };

    public static bool HasEnded(Pod pod) => pod.Status.Phase is "Succeeded" or "Failed";

    /// <summary>At once, also where no kubelet is there to confirm it. One that is gone needs nothing.</summary>
    public static async Task DeleteAsync(KubernetesClient client, ObjectName pod, CancellationToken cancellation)
    {
        try
        {
            await client.DeleteAsync(Kinds.Pods, pod, new DeleteOptions { GracePeriodSeconds = 0 }, RequestOptions.Background, cancellation).ConfigureAwait(false);
        }
        catch (KubernetesException exception) when (exception.IsNotFound)
        {
        }
    }

    /// <summary>
    /// On the node itself it is put there by name, past every scheduler, and tolerates whatever is wrong there. Devices are not asked for: the
    /// node is out of scheduling, and the action concerns all of them. Elsewhere it is a pod like others, on a node that is well.
    /// </summary>
    public static Pod Of(string name, string space, string key, string kind, string node, uint gpus, string boot, ActionOptions options)
    {
        var container = new JsonObject
        {
            ["name"] = "action",
            ["image"] = options.Image,
            ["command"] = new JsonArray([.. options.Command.Select(word => (JsonNode)word)]),
            ["env"] = new JsonArray(
                Variable("PIPELINE_NODE", node), Variable("PIPELINE_ACTION", kind), Variable("PIPELINE_KEY", key), Variable("PIPELINE_GPUS", GpuText(gpus))),
        };
        if (options.Secret.Length > 0)
            container["envFrom"] = new JsonArray(new JsonObject { ["secretRef"] = new JsonObject { ["name"] = options.Secret } });
        var spec = new JsonObject
        {
            ["restartPolicy"] = "Never",
            ["activeDeadlineSeconds"] = (long)options.Timeout.TotalSeconds,
            ["terminationGracePeriodSeconds"] = 0,
            ["automountServiceAccountToken"] = false,
            ["containers"] = new JsonArray(container),
        };
        if (options.OnNode)
            PutOn(node, spec, container, options.HostRoot);
        else
            spec["affinity"] = AnyBut(node);

        var pod = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["namespace"] = space,
                ["labels"] = new JsonObject { [Label] = kind.ToLowerInvariant(), [NodeLabel] = LabelOf(node) },
                ["annotations"] = new JsonObject { [KeyAnnotation] = key, [NodeLabel] = node, [BootAnnotation] = boot },
            },
            ["spec"] = spec,
        };
        return pod.Deserialize(KubernetesJson.Options.TypeInfo<Pod>())!;
    }

    /// <summary>What its container left to be told; or else why it ended.</summary>
    public static string TextOf(Pod pod)
    {
        var ends = pod.Status.ContainerStatuses.Select(status => status.State.Terminated).OfType<ContainerEnd>().ToList();
        if (ends.Find(end => !string.IsNullOrWhiteSpace(end.Message)) is { } told)
            return told.Message!.Trim();
        if (!string.IsNullOrWhiteSpace(pod.Status.Message))
            return pod.Status.Message;
        return ends is [var end, ..] ? string.Create(CultureInfo.InvariantCulture, $"exit code {end.ExitCode}") : pod.Status.Reason ?? "";
    }

    private static string LabelOf(string node) => node.Length <= MaxLabel ? node : HashOf(node);

    private static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))[..10]);

    private static void PutOn(string node, JsonObject spec, JsonObject container, string hostRoot)
    {
        spec["nodeName"] = node;
        spec["hostPID"] = true;
        spec["tolerations"] = new JsonArray(new JsonObject { ["operator"] = "Exists" });
        container["securityContext"] = new JsonObject { ["privileged"] = true };
        if (hostRoot.Length == 0)
            return;
        container["volumeMounts"] = new JsonArray(new JsonObject { ["name"] = "host", ["mountPath"] = hostRoot });
        spec["volumes"] = new JsonArray(new JsonObject { ["name"] = "host", ["hostPath"] = new JsonObject { ["path"] = "/" } });
    }

    private static JsonObject AnyBut(string node) => new()
    {
        ["nodeAffinity"] = new JsonObject
        {
            ["requiredDuringSchedulingIgnoredDuringExecution"] = new JsonObject
            {
                ["nodeSelectorTerms"] = new JsonArray(new JsonObject
                {
                    ["matchFields"] = new JsonArray(new JsonObject { ["key"] = "metadata.name", ["operator"] = "NotIn", ["values"] = new JsonArray(node) }),
                }),
            },
        },
    };

    private static JsonObject Variable(string name, string value) => new() { ["name"] = name, ["value"] = value };

    private static string GpuText(uint gpus)
        => string.Join(',', Enumerable.Range(0, 32).Where(gpu => (gpus >> gpu & 1) != 0).Select(gpu => gpu.ToString(CultureInfo.InvariantCulture)));
}
