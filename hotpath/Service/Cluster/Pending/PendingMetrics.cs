using System.Diagnostics.Metrics;

namespace Pipeline.Hotpath.Cluster.Pending;

/// <summary>
/// Counts the workloads that the cluster lists without a node, by <see cref="Stage"/>. One that stays unsure has a bind without an answer: its
/// GPUs are kept until the cluster says where it is, or somebody deletes it.
/// </summary>
internal sealed class PendingMetrics : IDisposable
{
    private static readonly Stage[] Stages = Enum.GetValues<Stage>();

    private readonly Meter _meter = new("Pipeline.Hotpath");

    public PendingMetrics(PendingBook book)
        => _meter.CreateObservableGauge("pipeline_pending_workloads", () => Of(book), description: "Workloads that the cluster lists without a node, by how far each is.");

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<long>> Of(PendingBook book)
    {
        var counts = book.CountByStage();
        return Stages.Select(stage => new Measurement<long>(counts[(int)stage], new KeyValuePair<string, object?>("stage", stage.ToString())));
    }
}
