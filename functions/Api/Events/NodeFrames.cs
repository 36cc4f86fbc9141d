using Pipeline.Contracts.Cluster;
using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Api.Events;

/// <summary>Nodes as the map draws them.</summary>
internal static class NodeFrames
{
    private const int WholeGpu = 1000;

    public static bool HeldByRun(Node node) => node.Health == NodeHealth.Quarantined && node.CordonOwner is not "" and not ClusterNode.Person;

    /// <param name="live">Live runs by node.</param>
    /// <param name="known">Runs by id, ended ones included.</param>
    public static NodeFrame Of(Node node, Dictionary<string, Run> live, Dictionary<string, Run> known)
    {
        var run = live.GetValueOrDefault(node.Name);
        if (run is null && HeldByRun(node))
            run = known.GetValueOrDefault(node.CordonOwner);
        var state = run is null ? Names.Of(node.Health) : Names.Of(run.State);
        return new NodeFrame(node.Name, state, Gpus(node), node.Group, node.TopologyLeaf, run?.Id);
    }

    private static string Gpus(Node node) => string.Create(node.GpuUsed.Count, node, static (letters, node) =>
    {
        for (var i = 0; i < letters.Length; i++)
        {
            var bad = (node.BadGpuMask >> i & 1) != 0;
            letters[i] = node.GpuUsed[i] switch
            {
                <= 0 => bad ? 'I' : 'i',
                < WholeGpu => bad ? 'P' : 'p',
                _ => bad ? 'U' : 'u',
            };
        }
    });
}
