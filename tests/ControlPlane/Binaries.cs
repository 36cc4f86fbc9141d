namespace Pipeline.TestControlPlane;

/// <summary>Where the programs of the control plane are: those that tests/peers/kubernetes/build.sh builds, and the distribution's etcd.</summary>
internal static class Binaries
{
    private static readonly string Folder = Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") ?? Path.Combine(Environment.GetEnvironmentVariable("HOME") ?? "/", ".cache"),
        "pipeline-tests", "kubernetes-1.20.2");

    public static string ApiServer { get; } = Path.Combine(Folder, "kube-apiserver");

    public static string Scheduler { get; } = Path.Combine(Folder, "kube-scheduler");

    public static string ControllerManager { get; } = Path.Combine(Folder, "kube-controller-manager");

    public static string Kubectl { get; } = Path.Combine(Folder, "kubectl");

    public static string? MissingReason { get; } = FirstMissing() is { } missing ? $"{missing} is not there; bash tests/run.sh installs it." : null;

    private static string? FirstMissing()
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return path.Any(folder => File.Exists(Path.Combine(folder, "etcd")))
            ? new[] { ApiServer, Scheduler, ControllerManager, Kubectl }.FirstOrDefault(program => !File.Exists(program))
            : "etcd";
    }
}
