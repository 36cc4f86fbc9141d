namespace Pipeline.Kubernetes.Access;

/// <summary>client.authentication.k8s.io ExecCredential: what a plugin prints.</summary>
internal sealed record ExecCredential
{
    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public ExecCredentialStatus? Status { get; set; }
}

internal sealed record ExecCredentialStatus
{
    public string? Token { get; set; }

    /// <summary>Null: good until the server refuses it.</summary>
    public DateTimeOffset? ExpirationTimestamp { get; set; }

    public string? ClientCertificateData { get; set; }
}
