using System.ComponentModel.DataAnnotations;
using Pipeline.Contracts.Cluster;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Actions;

/// <summary>A pod that acts on a node: a privileged one on that node, beside the host's processes, or an ordinary one on another.</summary>
public sealed class ActionOptions
{
    public const string HealthCheck = "HealthCheck";

    /// <summary>Such as <c>registry.example/repair:1</c>.</summary>
    [Required(AllowEmptyStrings = false)]
    public string Image { get; set; } = "";

    /// <summary>
    /// Program and arguments. It finds in its environment PIPELINE_NODE, PIPELINE_ACTION, PIPELINE_KEY and PIPELINE_GPUS (numbers with commas;
    /// empty: all). Exit code 0 is success; what it writes to /dev/termination-log is told, one problem a line for a health check.
    /// </summary>
    [Required, MinLength(1)]
    public IReadOnlyList<string> Command { get; set; } = [];

    /// <summary>
    /// Whether the pod runs on the node that it acts on. A node that hangs carries out nothing any more: what reaches it over the network, such
    /// as by its BMC, runs elsewhere (false), without privileges, where the default scheduler puts it. Default true.
    /// </summary>
    public bool OnNode { get; set; } = true;

    /// <summary>A Secret in the namespace of the actions whose entries the pod has as environment variables, such as for the BMC; empty (the default): none.</summary>
    public string Secret { get; set; } = "";

    /// <summary>The host's root appears there in a pod on the node; empty: nowhere. Default <c>/host</c>.</summary>
    public string HostRoot { get; set; } = "/host";

    /// <summary>Bound of one run, after which the kubelet ends the pod. Default 30 min, range 1 s to 1 day.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(30);

    internal void Validate(string kind)
    {
        var name = $"Kubernetes:Actions:{kind}";
        if (kind != HealthCheck && !Enum.GetNames<NodeActionKind>().Contains(kind, StringComparer.OrdinalIgnoreCase))
            throw new ValidationException($"{name}: is none of {string.Join(", ", Enum.GetNames<NodeActionKind>())}, {HealthCheck}.");
        if (Image.Length == 0)
            throw new ValidationException($"{name}:Image must not be empty.");
        if (Command.Count == 0)
            throw new ValidationException($"{name}:Command must not be empty.");
        if (Timeout < TimeSpan.FromSeconds(1) || Timeout > TimeSpan.FromDays(1))
            throw new ValidationException($"{name}:Timeout must be between 1 s and 1 day, was {Timeout}.");
    }
}
