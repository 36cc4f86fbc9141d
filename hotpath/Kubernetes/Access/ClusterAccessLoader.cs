namespace Pipeline.Kubernetes.Access;

/// <summary>Finds the cluster that is meant.</summary>
public static class ClusterAccessLoader
{
    /// <summary>The file that is named; or else those of KUBECONFIG; or the cluster that we run in; or <c>~/.kube/config</c>.</summary>
    /// <param name="context">Of the kubeconfig; null: the current one.</param>
    /// <exception cref="ClusterAccessException">The message names the file and the field.</exception>
    public static ClusterAccess Load(string? kubeconfig, string? context, TimeProvider time)
        => Load(kubeconfig, context, Environment.GetEnvironmentVariable, InCluster.Directory, time);

    internal static ClusterAccess Load(string? kubeconfig, string? context, Func<string, string?> environment, string serviceAccount, TimeProvider time)
    {
        if (!string.IsNullOrEmpty(kubeconfig))
            return Kubeconfig.Load([kubeconfig], context, time);
        if (environment("KUBECONFIG") is { Length: > 0 } files)
            return Kubeconfig.Load(files.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries), context, time);
        if (InCluster.IsInside(environment, serviceAccount))
            return InCluster.Load(environment, time, serviceAccount);
        return Kubeconfig.Load([Path.Combine(environment("HOME") ?? "", ".kube", "config")], context, time);
    }
}
