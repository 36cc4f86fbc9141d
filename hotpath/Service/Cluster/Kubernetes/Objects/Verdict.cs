namespace Pipeline.Hotpath.Cluster.Kubernetes.Objects;

/// <summary>What an object of the policy is told about itself.</summary>
/// <param name="Uid">The object that is meant; its name may be taken by another one day.</param>
/// <param name="Generation">Of its spec.</param>
/// <param name="Message">Begins with the field, when it is not accepted.</param>
internal sealed record Verdict(string Uid, long? Generation, bool Accepted, string Message)
{
    public string Reason => Accepted ? "InForce" : "Refused";
}
