using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.InterPod;

/// <summary>A port of its node that a pod takes.</summary>
/// <param name="Address">Of the node; empty: all of them.</param>
internal readonly record struct HostPort(string Address, string Protocol, int Port)
{
    private const string AnyAddress = "0.0.0.0";

    /// <summary>Those of its containers, and of the init containers that keep running beside them.</summary>
    public static IReadOnlyList<HostPort> Of(Pod pod)
        => [.. pod.Spec.Containers.Concat(pod.Spec.InitContainers.Where(container => container.RestartPolicy == "Always"))
            .SelectMany(container => container.Ports).Where(port => port.HostPort > 0)
            .Select(port => new HostPort(port.HostIP is null or AnyAddress ? "" : port.HostIP, port.Protocol ?? "TCP", port.HostPort))];

    /// <summary>Names under which it keeps others off: on all addresses of the node, or on its own.</summary>
    public string KeepsOff => $":{Protocol}/{Port}/{Address}";

    /// <summary>Names under which others keep it off.</summary>
    public IReadOnlyList<string> KeptOffBy => Address.Length == 0 ? [KeepsOff] : [KeepsOff, $":{Protocol}/{Port}/"];

    public bool IsTakenBy(HostPort other)
        => (Port, Protocol) == (other.Port, other.Protocol) && (Address.Length == 0 || other.Address.Length == 0 || Address == other.Address);
}
