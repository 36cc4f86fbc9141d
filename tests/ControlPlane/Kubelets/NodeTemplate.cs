namespace Pipeline.TestControlPlane;

/// <summary>What the nodes that are made together have in common.</summary>
public sealed record NodeTemplate
{
    /// <summary>The name of a node is this and its number with at least four digits, from 0001 on for each prefix.</summary>
    public string Prefix { get; init; } = "gpu-";

    /// <summary>The machine group, as the value of <see cref="GroupLabel"/>; null for nodes of none.</summary>
    public string? Group { get; init; } = "NVIDIA-H100-80GB-HBM3";

    public string GroupLabel { get; init; } = "nvidia.com/gpu.product";

    /// <summary>Whole GPUs a node (nvidia.com/gpu); 0 for a node that has not got the resource.</summary>
    public int Gpus { get; init; } = 8;

    /// <summary>A quantity of Kubernetes.</summary>
    public string Cpu { get; init; } = "96";

    /// <summary>A quantity of Kubernetes, in bytes.</summary>
    public string Memory { get; init; } = "1Ti";

    public int Pods { get; init; } = 110;

    /// <summary>More labels, by the number of the node: where it stands, for example.</summary>
    public Func<int, IReadOnlyDictionary<string, string>>? Labels { get; init; }
}
