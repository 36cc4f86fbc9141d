using Pipeline.Benchmarks.Framework;

namespace Pipeline.Benchmarks.Openb;

/// <summary>
/// How much of a cluster's GPUs the placement rule allocates: the protocol of Weng et al., "Beware of Fragmentation: Scheduling
/// GPU-Sharing Workloads with Fragmentation Gradient Descent" (USENIX ATC'23), on the traces of Alibaba's cluster-trace-gpu-v2023.
/// </summary>
/// <remarks>The traces are for research and study only and no part of this project; <c>--traces DIR</c> says where they are.</remarks>
internal sealed class OpenbSuite : ITraceSuite
{
    private const string NodeList = "openb_node_list_gpu_node.csv";
    private const string PodLists = "openb_pod_list_";
    private const int FirstSeed = 42;
    private const int Seeds = 10;

    public string Name => "openb";

    public string About => "GPUs allocated on the openb traces against published policies (needs --traces DIR)";

    public string Sizes => "openb: 1,213 nodes, 6,212 GPUs; arrivals worth 130 % of them; 10 seeds";

    public string? Traces { get; set; }

    public Task RunAsync(Report report)
    {
        if (Traces == null || !File.Exists(Path.Combine(Traces, NodeList)))
        {
            report.Note(Traces == null ? "Skipped: --traces DIR was not given." : $"Skipped: there is no {NodeList} in {Traces}.");
            return Task.CompletedTask;
        }
        report.Note($"Each case is the mean of {Seeds} seeds; the baseline is FGD as published.");
        var nodes = TraceFile.Nodes(Path.Combine(Traces, NodeList));
        foreach (var file in Directory.GetFiles(Traces, PodLists + "*.csv").Order(StringComparer.Ordinal))
            Run(report, Path.GetFileNameWithoutExtension(file)[PodLists.Length..], nodes, TraceFile.Pods(file));
        return Task.CompletedTask;
    }

    private static void Run(Report report, string trace, IReadOnlyList<TraceNode> nodes, IReadOnlyList<TracePod> pods)
    {
        var percents = Enumerable.Range(FirstSeed, Seeds).Select(seed => Arrivals.Allocated(nodes, Arrivals.Of(nodes, pods, seed))).ToList();
        var mean = percents.Average();
        if (Published.Of(trace) is { } published)
        {
            report.Ratio(trace, "allocatedGpuPercent", mean, "%", "FGD (published)", published.Fgd, 1, atLeast: true);
            report.Note($"{trace}: published {published}; the seeds here give {percents.Min():0.00} to {percents.Max():0.00}");
        }
        else
        {
            report.Figure(trace, "allocatedGpuPercent", mean, "%");
        }
    }
}
