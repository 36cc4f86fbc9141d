using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Reservations;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Reservations;

/// <summary>A cluster so large that one estimate is as much as a cycle makes: all jobs have their turn, one cycle after the other.</summary>
public class EstimateTurnTests
{
    private readonly TestCluster _cluster = new();

    public EstimateTurnTests()
    {
        for (var node = 0; node < Holds.MaxLooks / 2 + 1; node++)
        {
            _cluster.AddNode($"n{node}", gpus: 1, cpu: 2_000);
            Assert.Equal(Outcome.Done, _cluster.Run((ulong)node + 1, gpus: 1, seconds: 1_000).Outcome);
        }
    }

    [Fact]
    public void One_that_gets_no_hold_does_not_keep_the_next_one_from_its_turn()
    {
        // By its GPUs the gang could start, which only packing it shows to be wrong.
        GangRole Role(string name, ulong member, long cpu) => new(name, new Shape(1, 1000, cpu, 0, GroupSet.Any), [member], 0, 0);
        var gang = Booked.Gang(1, 1) with { Roles = [Role("a", 800_001, 1), Role("b", 800_002, 1_000_000)] };
        Assert.Equal(Outcome.Queued, _cluster.PlaceGang(gang, wait: true).Outcome);
        Assert.Equal(Outcome.Queued, _cluster.Run(900_000, gpus: 1, wait: true).Outcome);
        _cluster.Now += 300 * Booked.Second;

        _cluster.Schedule();
        Assert.Empty(_cluster.State.Reservations.Holds);
        var restored = _cluster.Fork();
        foreach (var cluster in new[] { _cluster, restored })
        {
            cluster.Now += Holds.PlanEvery;
            cluster.Schedule();
            Assert.Equal(900_000UL, Assert.Single(cluster.State.Reservations.Holds).Job);
        }
        Assert.Equal(_cluster.Snapshot().ImageHash(), restored.Snapshot().ImageHash());
    }

    [Fact]
    public void One_that_could_not_start_in_an_empty_cluster_takes_no_turn()
    {
        Assert.Equal(Outcome.Queued, _cluster.PlaceGang(Booked.Gang(800, 2), wait: true).Outcome);
        Assert.Equal(Outcome.Queued, _cluster.Run(900_000, gpus: 1, wait: true).Outcome);
        _cluster.Now += 300 * Booked.Second;
        _cluster.Schedule();
        Assert.Equal(900_000UL, Assert.Single(_cluster.State.Reservations.Holds).Job);
    }
}
