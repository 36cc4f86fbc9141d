using System.Text.Json.Nodes;
using Pipeline.TestControlPlane;

namespace Pipeline.KubernetesCluster.Tests.Support;

/// <summary>Forbids new pods in a namespace.</summary>
internal sealed class PodQuota : IAsyncDisposable
{
    private const string Name = "no-pods";

    private readonly ControlPlane _plane;
    private readonly string _space;

    private PodQuota(ControlPlane plane, string space) => (_plane, _space) = (plane, space);

    public static async Task<PodQuota> ForbidAsync(ControlPlane plane, string space)
    {
        await plane.KubectlAsync("create", "quota", Name, "--namespace", space, "--hard=pods=0");
        var said = "";
        // It holds once the controller has counted, and the server has seen that.
        await World.UntilAsync("the quota", async () =>
        {
            said = (await plane.RunKubectlAsync(["run", "probe", "--namespace", space, "--image=none", "--dry-run=server"])).Error;
            return said.Contains("exceeded quota", StringComparison.Ordinal);
        }, () => said);
        return new PodQuota(plane, space);
    }

    public async ValueTask DisposeAsync() => await _plane.KubectlAsync("delete", "quota", Name, "--namespace", _space);
}
