using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Model;

public class WorkloadMapTests
{
    [Fact]
    public void It_holds_what_a_dictionary_holds()
        => Seeded.ForAll(random =>
        {
            var (map, reference) = (new WorkloadMap(), new Dictionary<ulong, int>());
            // Ids close together, none of four that lie together, and ids that share their lower bits all occur in life.
            var spread = 1UL << new[] { 0, 2, 40 }[random.Next(3)];
            for (var step = 0; step < 4000; step++)
            {
                var id = (ulong)random.Next(1, 1500) * spread;
                if (reference.Remove(id))
                    map.Remove(id);
                else
                    map.Add(id, reference[id] = step);
                var other = (ulong)random.Next(0, 1500) * spread;
                Assert.Equal(reference.TryGetValue(other, out var expected), map.TryFind(other, out var slot));
                if (reference.ContainsKey(other))
                    Assert.Equal(expected, slot);
            }
            Assert.Equal(reference.Count, map.Count);
            Assert.All(reference, pair => Assert.True(map.TryFind(pair.Key, out var slot) && slot == pair.Value));
        }, 30);
}
