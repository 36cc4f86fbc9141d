using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Preemption;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Preemption;

public sealed class DepartureTableTests
{
    [Fact]
    public void What_somebody_has_looked_at_stays_as_it_was_while_the_table_changes()
        => Seeded.ForAll(random =>
        {
            var (table, model) = (new DepartureTable(), new SortedDictionary<ulong, Departure>());
            var seen = new List<(Departures Seen, Departure[] Then)>();
            for (var step = 0; step < 200; step++)
            {
                var workload = (ulong)random.Next(1, 30);
                if (model.TryGetValue(workload, out var known) && random.Next(2) == 0)
                {
                    table.Remove(known);
                    model.Remove(workload);
                }
                else
                {
                    var departure = Of(workload, known?.Row.Node ?? random.Next(8), toldAt: step);
                    table.Set(departure);
                    model[workload] = departure;
                }
                Check(table, [.. model.Values]);
                if (random.Next(10) == 0)
                    seen.Add((table.Current, [.. model.Values]));
            }
            foreach (var (departures, then) in seen)
            {
                Assert.Equal(then, departures.All);
                Assert.All(Enumerable.Range(0, 8), node => Assert.Equal(then.All(departure => departure.Row.Node != node), departures.IsClear(node)));
            }
        });

    [Fact]
    public void It_is_the_same_object_until_it_changes()
    {
        var table = new DepartureTable();
        Assert.Same(Departures.None, table.Current);
        table.Set(Of(1, 0, 5));
        var current = table.Current;
        Assert.Same(current, table.Current);
        table.Set(Of(1, 0, 6));
        Assert.NotSame(current, table.Current);
    }

    [Fact]
    public void Hundreds_that_leave_together_are_copied_once_and_not_for_each_other()
    {
        const int Leaving = 4_096;
        var departures = Enumerable.Range(1, Leaving).Select(workload => Of((ulong)workload, workload / 8, 1)).ToArray();
        var together = Allocated(departures, look: false);
        var onePerLook = Allocated(departures, look: true);
        Assert.True(together * 4 < onePerLook, $"{together} B together, {onePerLook} B with a look at each");
    }

    private static long Allocated(Departure[] departures, bool look)
    {
        var table = new DepartureTable();
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var departure in departures)
        {
            table.Set(departure);
            if (look)
                _ = table.Current;
        }
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static void Check(DepartureTable table, Departure[] expected)
    {
        Assert.Equal(expected.Length, table.Count);
        Assert.Equal(expected, table.All);
        for (var workload = 1UL; workload < 30; workload++)
        {
            var known = expected.FirstOrDefault(departure => departure.Row.Id == workload);
            Assert.Equal(known, table.Find(workload));
            Assert.Equal(known != null, table.Has(workload));
        }
        for (var node = 0; node < 8; node++)
            Assert.Equal(expected.All(departure => departure.Row.Node != node), table.IsClear(node));
    }

    private static Departure Of(ulong workload, int node, long toldAt)
        => new(new WorkloadRow(workload, $"test/w{workload}", 0, node, 0, 0, 1, 1000), EvictionReason.Preempted, new Beneficiary(9, "test/for", ""), 0, toldAt);
}
