namespace Pipeline.Kubernetes.Access;

/// <summary>Where a cluster is, how it is recognised, and who we are to it.</summary>
public sealed record ClusterAccess
{
    /// <summary>Such as <c>https://10.0.0.1:6443</c>; may have a path.</summary>
    public required Uri Server { get; init; }

    /// <summary>Null: what the machine trusts.</summary>
    public RenewedCertificates? Authorities { get; init; }

    /// <summary>Take any certificate. Never in production.</summary>
    public bool InsecureSkipTlsVerify { get; init; }

    /// <summary>The name that the certificate must have, where it is not that of <see cref="Server"/>.</summary>
    public string? TlsServerName { get; init; }

    public Uri? Proxy { get; init; }

    /// <summary>The first with its private key, then those that it is signed with. Null: none is shown.</summary>
    public RenewedCertificates? ClientCertificate { get; init; }

    public Credentials Credentials { get; init; } = Credentials.None;

    /// <summary>The namespace of the context, or of the pod that we run in. Default <c>default</c>.</summary>
    public string Namespace { get; init; } = "default";
}
