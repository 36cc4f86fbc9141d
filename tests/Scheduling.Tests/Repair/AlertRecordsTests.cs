using Pipeline.Scheduling.Repair;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Repair;

public sealed class AlertRecordsTests
{
    /// <summary>Each collection that ever was keeps saying what it said, whatever comes after it or beside it.</summary>
    [Fact]
    public void It_holds_what_a_sorted_dictionary_holds_and_never_changes()
        => Seeded.ForAll(random =>
        {
            var versions = new List<(AlertRecords Records, SortedDictionary<long, AlertRecord> Model, long Last)> { (AlertRecords.Empty, [], 0) };
            for (var step = 0; step < 300; step++)
            {
                // Mostly the newest goes on, at times an older one.
                var (records, before, last) = versions[random.Next(10) == 0 ? random.Next(versions.Count) : ^1];
                var model = new SortedDictionary<long, AlertRecord>(before);
                switch (random.Next(12))
                {
                    case 0:
                        var (through, kept) = (random.NextInt64(last + 1), random.Next(60));
                        var spared = model.Keys.Where(_ => random.Next(4) == 0).ToHashSet();
                        records = records.Forget(through, kept, spared);
                        foreach (var number in before.Keys.Where(number => number <= through && !spared.Contains(number)).Take(Math.Max(0, before.Count - kept)))
                            model.Remove(number);
                        break;
                    case 1 when model.Count > 0:
                        var replaced = Record(model.Keys.ElementAt(random.Next(model.Count)), step);
                        records = records.Replace(replaced);
                        model[replaced.Number] = replaced;
                        break;
                    default:
                        var added = Record(last + 1 + (random.Next(8) == 0 ? random.Next(200) : 0), step);
                        records = records.Add(added);
                        model.Add(last = added.Number, added);
                        break;
                }

                versions.Add((records, model, last));
            }

            foreach (var (records, model, last) in versions)
                AssertSame(model, records, last);
        }, tests: 50);

    [Fact]
    public void It_is_made_of_records_in_any_order()
    {
        var records = AlertRecords.Of([Record(200, 0), Record(3, 1), Record(64, 2)]);

        Assert.Equal([3, 64, 200], records.Select(record => record.Number));
        Assert.Throws<ArgumentException>(() => AlertRecords.Of([Record(3, 0), Record(3, 1)]));
    }

    [Fact]
    public void A_number_is_never_given_twice()
    {
        var records = AlertRecords.Empty.Add(Record(5, 0)).Forget(5, 0, new HashSet<long>());

        Assert.Empty(records);
        Assert.Throws<ArgumentException>(() => records.Add(Record(5, 1)));
        Assert.Throws<KeyNotFoundException>(() => records.Replace(Record(5, 1)));
    }

    [Fact]
    public void In_a_storm_a_record_costs_no_more_however_many_there_are()
    {
        Assert.InRange(BytesPerRecord(AlertRecords.Of(Enumerable.Range(1, 100_000).Select(number => Record(number, 0)))), 0, 200);
    }

    private static long BytesPerRecord(AlertRecords records)
    {
        const int count = 6_400;
        var added = Enumerable.Range(100_001, count).Select(number => Record(number, 0)).ToArray();
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var record in added)
            records = records.Add(record);
        return (GC.GetAllocatedBytesForCurrentThread() - before) / count;
    }

    private static AlertRecord Record(long number, int at)
        => new(number, at, "grafana", new AlertSignal("f", 1, AlertStatus.Firing, AlertKind.Fault, "a", "n", 0, 79, "", false, "", []), AlertOutcome.Accepted, "", 0);

    private static void AssertSame(SortedDictionary<long, AlertRecord> model, AlertRecords records, long last)
    {
        Assert.Equal(model.Count, records.Count);
        Assert.True(model.Values.SequenceEqual(records, ReferenceEqualityComparer.Instance));
        for (var number = -1L; number < last + 100; number++)
        {
            model.TryGetValue(number, out var expected);
            Assert.Equal(expected is not null, records.TryGetValue(number, out var found));
            Assert.Same(expected, found);
        }
    }
}
