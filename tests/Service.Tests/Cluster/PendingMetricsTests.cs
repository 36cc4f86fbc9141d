using System.Diagnostics.Metrics;
using Pipeline.Hotpath.Cluster.Pending;
using Pipeline.Hotpath.Tests.Support;

namespace Pipeline.Hotpath.Tests.Cluster;

public sealed class PendingMetricsTests
{
    [Fact]
    public void Workloads_are_counted_by_how_far_they_are()
    {
        var book = new PendingBook((_, _) => { });
        for (var id = 1UL; id <= 777; id++)
            book.Add(FakeCluster.Workload(id, 8));
        book.Placed(1, "a", 0xFF);
        book.Placed(2, "b", 0xFF);
        book.TakePlaced();
        book.Unsure(2);

        var counts = Read(book).Single(counts => counts.Values.Sum() == 777);

        Assert.Equal(Enum.GetNames<Stage>().Order(), counts.Keys.Order());
        Assert.Equal((775, 1, 1), (counts["Ask"], counts["Binding"], counts["Unsure"]));
    }

    // Services of other tests have the same instrument.
    private static IEnumerable<Dictionary<string, long>> Read(PendingBook book)
    {
        var counts = new Dictionary<Instrument, Dictionary<string, long>>();
        using var metrics = new PendingMetrics(book);
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if (instrument.Name == "pipeline_pending_workloads")
                listening.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, count, tags, _) =>
        {
            if (!counts.TryGetValue(instrument, out var stages))
                counts.Add(instrument, stages = []);
            stages.Add((string)tags[0].Value!, count);
        });
        listener.Start();
        listener.RecordObservableInstruments();
        return counts.Values;
    }
}
