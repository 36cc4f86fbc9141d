using Pipeline.Benchmarks.Framework;
using Pipeline.TestControlPlane;

namespace Pipeline.Benchmarks.Kubernetes;

/// <summary>The product on a real API server.</summary>
internal sealed class KubernetesSuite : ICaseSuite
{
    private static readonly string[] Names = ["bind", "taint", "evict", "restart", "heartbeats"];

    public string Name => "kubernetes";

    public string About => $"Binding, taints, evictions, restart and watch load on a real control plane (cases: {string.Join(", ", Names)})";

    public string Sizes => $"bind: {Of(BindRate.Nodes)} nodes, {Of(BindRate.Pods)} pods; taint: {Of(TaintTime.Nodes)} nodes, {Of(TaintTime.AtOnce)} at once; "
        + $"evict: {Of(EvictionRate.Pods)} pods; restart and heartbeats: {Of(LargeCluster.Nodes)} nodes, {Of(LargeCluster.Pods)} pods";

    public string? Case { private get; set; }

    public int Divisor { private get; set; } = 1;

    public async Task RunAsync(Report report)
    {
        if (ControlPlane.MissingReason is { } missing)
        {
            report.Note($"Nothing is measured: {missing}");
            return;
        }

        if (Case is not null && !Names.Contains(Case))
            throw new InvalidOperationException($"There is no case '{Case}'; there are {string.Join(", ", Names)}.");
        if (Wants("bind"))
            await BindRate.RunAsync(report, Of);
        if (Wants("taint"))
            await TaintTime.RunAsync(report, Of);
        if (Wants("evict"))
            await EvictionRate.RunAsync(report, Of);
        if (!Wants("restart") && !Wants("heartbeats"))
            return;
        await using var large = await LargeCluster.StartAsync(Of);
        if (Wants("restart"))
            await RestartTime.RunAsync(report, large);
        if (Wants("heartbeats"))
            await HeartbeatLoad.RunAsync(report, large);
    }

    private int Of(int size) => Math.Max(1, size / Divisor);

    private bool Wants(string name) => Case is null || Case == name;
}
