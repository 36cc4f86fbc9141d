namespace Pipeline.Kubernetes.Access;

/// <summary>Who we are to the server, beside a client certificate.</summary>
public abstract class Credentials
{
    /// <summary>Nothing is sent.</summary>
    public static Credentials None { get; } = new FixedToken(null);

    /// <summary>The bearer token to send now; null: none.</summary>
    /// <exception cref="KubernetesException"><see cref="Reasons.NoCredentials"/>: it cannot be had; the message says from where.</exception>
    public abstract ValueTask<string?> TokenAsync(CancellationToken cancellation);

    /// <summary>The server did not accept a token (401).</summary>
    /// <returns>Whether there may be another one now, so that the request is worth another try.</returns>
    public abstract bool Refused(string? token);
}

/// <summary>A token that never changes.</summary>
public sealed class FixedToken(string? token) : Credentials
{
    public override ValueTask<string?> TokenAsync(CancellationToken cancellation) => ValueTask.FromResult(token);

    public override bool Refused(string? token) => false;
}
