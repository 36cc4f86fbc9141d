using System.Text.Json.Nodes;

namespace Pipeline.TestControlPlane;

/// <summary>What the admission counts: CPUs, bytes, GPUs and pods.</summary>
internal readonly record struct Resources(decimal Cpu, decimal Memory, decimal Gpus, int Pods)
{
    public static Resources Of(NodeTemplate template)
        => new(Quantity.Parse(template.Cpu), Quantity.Parse(template.Memory), template.Gpus, template.Pods);

    /// <summary>The sum of the containers, or the largest init container where that is more (the API server made requests of limits).</summary>
    public static Resources OfPod(JsonNode spec)
    {
        decimal Request(string resource)
        {
            var sum = Each("containers").Sum();
            return Math.Max(sum, Each("initContainers").DefaultIfEmpty(0).Max()) + Amount(spec["overhead"]);

            IEnumerable<decimal> Each(string containers)
                => (spec[containers] as JsonArray ?? []).Select(container => Amount(container!["resources"]?["requests"]));

            decimal Amount(JsonNode? requests) => requests?[resource] is { } amount ? Quantity.Parse((string)amount!) : 0;
        }

        return new Resources(Request("cpu"), Request("memory"), Request(Manifests.Gpu), 1);
    }

    public static Resources operator +(Resources a, Resources b) => new(a.Cpu + b.Cpu, a.Memory + b.Memory, a.Gpus + b.Gpus, a.Pods + b.Pods);

    public static Resources operator -(Resources a, Resources b) => new(a.Cpu - b.Cpu, a.Memory - b.Memory, a.Gpus - b.Gpus, a.Pods - b.Pods);

    /// <summary>The first resource of which <paramref name="used"/> and a request are more than there is here; null when all fit.</summary>
    public Shortage? ShortageOf(Resources request, Resources used)
    {
        Shortage? Check(string resource, decimal requested, decimal inUse, decimal capacity)
            => requested > 0 && inUse + requested > capacity ? new Shortage(resource, requested, inUse, capacity) : null;
        return Check("pods", request.Pods, used.Pods, Pods)
            ?? Check("cpu", request.Cpu, used.Cpu, Cpu)
            ?? Check("memory", request.Memory, used.Memory, Memory)
            ?? Check(Manifests.Gpu, request.Gpus, used.Gpus, Gpus);
    }
}

internal sealed record Shortage(string Resource, decimal Requested, decimal Used, decimal Capacity);
