using System.Text.Json.Serialization;
using Pipeline.Kubernetes.Json;

namespace Pipeline.Kubernetes.Models;

/// <summary>pipeline.gpu/v1alpha1 MachineProfile: a named shape, which pods ask for by the label <c>pipeline.gpu/profile</c>.</summary>
public sealed record MachineProfile : KubernetesObject
{
    public MachineProfileSpec Spec { get; init => field = value ?? new(); } = new();

    public PolicyStatus Status { get; init => field = value ?? new(); } = new();
}

public sealed record MachineProfileSpec : ModelPart
{
    /// <summary>Whole GPUs, 0 to 16, or a share of one such as 0.5.</summary>
    [JsonConverter(typeof(IntOrStringConverter))]
    public string Gpus { get; init => field = value ?? ""; } = "";

    /// <summary>Cores, of up to three decimal places.</summary>
    [JsonConverter(typeof(IntOrStringConverter))]
    public string Cpu { get; init => field = value ?? ""; } = "";

    /// <summary>A whole number of Mi, Gi or Ti.</summary>
    public string Memory { get; init => field = value ?? ""; } = "";

    /// <summary>Machine group; null: any.</summary>
    public string? Group { get; init; }
}
