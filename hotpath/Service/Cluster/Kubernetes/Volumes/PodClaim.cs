using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Volumes;

/// <summary>A claim that stands for a volume of a pod.</summary>
/// <param name="IsOwn">It was made for the pod, and is no other's (KEP-1698, generic ephemeral volumes).</param>
internal readonly record struct PodClaim(ObjectName Name, bool IsOwn)
{
    /// <summary>Each once.</summary>
    public static IReadOnlyList<PodClaim> Of(Pod pod)
    {
        var space = pod.Metadata.Namespace;
        var claims = new List<PodClaim>();
        foreach (var volume in pod.Spec.Volumes)
        {
            if (volume.PersistentVolumeClaim is { } named)
                claims.Add(new PodClaim(new ObjectName(space, named.ClaimName), IsOwn: false));
            else if (volume.Ephemeral is not null)
                claims.Add(new PodClaim(new ObjectName(space, $"{pod.Metadata.Name}-{volume.Name}"), IsOwn: true));
        }

        return [.. claims.Distinct()];
    }
}
