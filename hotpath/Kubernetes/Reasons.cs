namespace Pipeline.Kubernetes;

/// <summary>Reasons that programs act on: the server's (meta/v1 StatusReason) and the client's own.</summary>
public static class Reasons
{
    public const string AlreadyExists = "AlreadyExists";
    public const string Expired = "Expired";
    public const string Gone = "Gone";
    public const string DisruptionBudget = "DisruptionBudget";

    /// <summary>The connection could not be made, or broke.</summary>
    public const string Unreachable = "ClientUnreachable";

    /// <summary>The time that the request had is over.</summary>
    public const string Timeout = "ClientTimeout";

    /// <summary>Too many requests wait for their turn in this process.</summary>
    public const string QueueFull = "ClientQueueFull";

    /// <summary>The answer is not what the API promises.</summary>
    public const string InvalidResponse = "ClientInvalidResponse";

    /// <summary>Only a leader may do that, and this process is none, or none any more (<see cref="Election.LeaderGate"/>).</summary>
    public const string NotLeading = "ClientNotLeading";

    /// <summary>There are no credentials to send.</summary>
    public const string NoCredentials = "ClientNoCredentials";
}
