using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Model;

public class SlotSetTests
{
    [Fact]
    public void The_lowest_free_slot_comes_first()
        => Seeded.ForAll(random =>
        {
            var (slots, used) = (new SlotSet(), new SortedSet<int>());
            for (var step = 0; step < 3000; step++)
            {
                if (used.Count > 0 && random.Next(5) < 2)
                {
                    var freed = used.ElementAt(random.Next(used.Count));
                    used.Remove(freed);
                    slots.Free(freed);
                    continue;
                }
                var expected = 0;
                while (used.Contains(expected))
                    expected++;
                Assert.Equal(expected, slots.Lowest());
                Assert.Equal(expected, slots.Take());
                used.Add(expected);
            }
        }, 10);

    [Fact]
    public void A_slot_taken_by_number_leaves_those_below_it_free()
    {
        var slots = new SlotSet();
        slots.TakeAt(5000);
        slots.TakeAt(1);
        Assert.Equal([0, 2, 3], new[] { slots.Take(), slots.Take(), slots.Take() });
        Assert.Equal(5001, slots.End);
    }
}
