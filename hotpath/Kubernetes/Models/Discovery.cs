namespace Pipeline.Kubernetes.Models;

/// <summary>meta/v1 APIResourceList: what a group and version serves.</summary>
public sealed record ApiResourceList : ModelPart
{
    public string? GroupVersion { get; init; }

    public IReadOnlyList<ApiResource> Resources { get; init => field = value ?? []; } = [];
}

public sealed record ApiResource : ModelPart
{
    /// <summary>The plural, or <c>PLURAL/SUBRESOURCE</c>.</summary>
    public string Name { get; init => field = value ?? ""; } = "";

    public string Kind { get; init => field = value ?? ""; } = "";

    /// <summary>Of the body, where it is not that of the list: a subresource may have one of its own.</summary>
    public string? Group { get; init; }

    /// <inheritdoc cref="Group"/>
    public string? Version { get; init; }

    public bool Namespaced { get; init; }

    public IReadOnlyList<string> Verbs { get; init => field = value ?? []; } = [];
}

/// <summary>The version of the server.</summary>
public sealed record ServerVersion : ModelPart
{
    public string Major { get; init => field = value ?? ""; } = "";

    public string Minor { get; init => field = value ?? ""; } = "";

    public string GitVersion { get; init => field = value ?? ""; } = "";
}
