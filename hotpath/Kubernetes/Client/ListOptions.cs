namespace Pipeline.Kubernetes.Client;

/// <summary>Which objects.</summary>
public sealed record ListOptions
{
    public static ListOptions All { get; } = new();

    /// <summary>Null: of all namespaces.</summary>
    public string? Namespace { get; init; }

    /// <summary>Such as <c>app=x,tier in (a,b)</c>.</summary>
    public string? LabelSelector { get; init; }

    /// <summary>Such as <c>spec.nodeName=n1</c>; which fields, depends on the kind.</summary>
    public string? FieldSelector { get; init; }
}
