using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Hosting.Election;

/// <summary>The pod that this process runs in.</summary>
internal sealed record OwnPod(ObjectName Name)
{
    /// <param name="environment">A variable by its name. The manifest sets POD_NAME and POD_NAMESPACE (downward API).</param>
    /// <returns>Null: it runs in none, or has not been told in which.</returns>
    public static OwnPod? Find(Func<string, string?> environment)
        => environment("POD_NAME") is { Length: > 0 } name && environment("POD_NAMESPACE") is { Length: > 0 } space ? new OwnPod(new ObjectName(space, name)) : null;
}
