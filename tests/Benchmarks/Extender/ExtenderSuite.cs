using Pipeline.Benchmarks.Framework;

namespace Pipeline.Benchmarks.Extender;

/// <summary>What kube-scheduler pays for the extender.</summary>
internal sealed class ExtenderSuite : ISuite
{
    public string Name => "extender";

    public string About => "The extender's filter with 5,000 node names, and kube-scheduler's rate with the extender and without";

    public string Sizes => $"{FilterCalls.Nodes} names a call, {FilterCalls.Calls} calls; {SchedulerRate.Nodes} nodes, {SchedulerRate.Pods} pods a stretch on the real control plane";

    public async Task RunAsync(Report report)
    {
        await FilterCalls.RunAsync(report);
        await SchedulerRate.RunAsync(report);
    }
}
