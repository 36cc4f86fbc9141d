using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Kubernetes.Tests.Interop;

internal static class Samples
{
    public static Pod Pod(string scope, string name, IReadOnlyDictionary<string, string>? labels = null) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = scope, Labels = labels! },
        Spec = new PodSpec
        {
            SchedulerName = "nobody",
            Containers = [new Container { Name = "main", Image = "none", Resources = new() { Requests = new Dictionary<string, Quantity> { ["cpu"] = Quantity.OfMilli(1500) } } }],
            TerminationGracePeriodSeconds = 0,
        },
    };

    /// <summary>A namespace of its own for a test; without a controller manager it needs no more than to be there.</summary>
    public static async Task<string> NamespaceAsync(this KubernetesClient client, string name)
    {
        await client.CreateAsync(Kinds.Namespaces, new PartialObject { Metadata = new ObjectMeta { Name = name } });
        return name;
    }

    public static Task<Node> NodeAsync(this KubernetesClient client, string name)
        => client.CreateAsync(Kinds.Nodes, new Node { Metadata = new ObjectMeta { Name = name } });
}
