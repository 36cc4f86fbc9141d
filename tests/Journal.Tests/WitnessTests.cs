using Pipeline.Journal.Tests.Support;

namespace Pipeline.Journal.Tests;

public sealed class WitnessTests : IDisposable
{
    private readonly TempDirectory _dir = new();

    public void Dispose() => _dir.Dispose();

    private string PathOf => _dir["witness"];

    [Fact]
    public void It_remembers_what_it_was_told_without_a_flush()
    {
        using var witness = Witness.Create(PathOf, new WitnessState(7, 0, 1, 0, 0));
        witness.Commit(5);
        witness.Keep(3);
        Assert.Equal(new WitnessState(7, 5, 3, 0, 0), Witness.TryRead(PathOf));
        witness.Checkpoint(4, 9);
        Assert.Equal(new WitnessState(7, 5, 3, 4, 9), Witness.TryRead(PathOf));
    }

    [Fact]
    public void A_committed_sequence_never_goes_back()
    {
        using var witness = Witness.Create(PathOf, new WitnessState(7, 10, 1, 0, 0));
        witness.Commit(5);
        Assert.Equal(10, witness.State.Committed);
    }

    [Fact]
    public void It_goes_on_after_reopening()
    {
        using (var witness = Witness.Create(PathOf, new WitnessState(7, 0, 1, 0, 0)))
            witness.Commit(5);
        using (var witness = Witness.Open(PathOf))
            witness.Commit(6);
        Assert.Equal(6, Witness.TryRead(PathOf)!.Value.Committed);
    }

    [Fact]
    public void A_slot_cut_short_leaves_the_one_before()
    {
        for (var at = 0; at < 128; at++)
        {
            using (var witness = Witness.Create(PathOf, new WitnessState(7, 0, 1, 0, 0)))
            {
                witness.Commit(1);
                witness.Commit(2);
            }
            Damages.Flip(PathOf, at);
            Assert.InRange(Witness.TryRead(PathOf)!.Value.Committed, 1, 2);
        }
    }

    [Fact]
    public void Both_slots_spoilt_read_as_none()
    {
        Witness.Create(PathOf, new WitnessState(7, 0, 1, 0, 0)).Dispose();
        Damage.Zeroed.Apply(PathOf);
        Assert.Null(Witness.TryRead(PathOf));
        Assert.Throws<InvalidDataException>(() => Witness.Open(PathOf));
        File.Delete(PathOf);
        Assert.Null(Witness.TryRead(PathOf));
    }
}
