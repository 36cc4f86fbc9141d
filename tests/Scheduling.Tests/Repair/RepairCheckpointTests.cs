using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Repair;
using Pipeline.Scheduling.Snapshots;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Repair;

public sealed class RepairCheckpointTests
{
    [Fact]
    public void A_restored_state_has_the_same_image_and_behaves_the_same()
    {
        var s = Rich();

        s.Restart();

        s.Perform(StepKind.Drain);
        s.Pass(RepairScenario.Minute);
        s.Open(4, xid: 79);
        Assert.NotNull(s.RunOfNew("late"));
        s.AssertReplays();
    }

    [Fact]
    public void Runs_that_wait_for_the_storm_guard_still_wait_in_order_after_a_restart()
    {
        var s = new RepairScenario(Playbook.Standard with { MaxRepairingPercent = 25 });
        var first = s.Alert(1);
        s.Open(first);
        s.Open(3);
        s.Open(2);

        s.Restart();
        s.Resolve(first);

        Assert.Equal((RunState.Quarantined, RunState.Held), (s.OfNode(3).State, s.OfNode(2).State));
    }

    [Fact]
    public void Duplicates_are_recognised_after_a_restart()
    {
        var s = new RepairScenario(Playbook.Standard);
        var alert = s.Alert();
        s.Open(alert);

        s.Restart();

        Assert.Equal(AlertOutcome.Duplicate, s.Fire(alert));
        s.AssertReplays();
    }

    [Fact]
    public void Only_the_parts_that_changed_are_new_objects()
    {
        var s = Rich();
        var before = Parts(s).ToDictionary(part => part.Key, part => part.Identity);
        var run = s.Repair.Live.Values.First();

        s.Do(new ClaimTellingCommand { Run = run.Id, Teller = "one", Lease = 1_000 });

        var changed = Parts(s).Where(part => !ReferenceEquals(part.Identity, before[part.Key])).Select(part => part.Key);
        Assert.Equal([ImagePart.KeyOf(ImageTable.LiveRun, run.Number)], changed);
    }

    [Fact]
    public void A_part_that_is_cut_or_longer_is_refused()
    {
        var parts = PartsOf(Rich());

        Assert.All(parts.Keys, key =>
        {
            AssertDamaged(With(parts, key, parts[key][..^1]));
            AssertDamaged(With(parts, key, [.. parts[key], 0]));
        });
    }

    [Fact]
    public void A_run_in_the_wrong_place_is_refused()
    {
        var parts = PartsOf(Rich());
        var live = parts.Keys.First(key => ImagePart.TableOf(key) == ImageTable.LiveRun);

        AssertDamaged(With(parts, ImagePart.KeyOf(ImageTable.LiveRun, 77), parts[live]));
        AssertDamaged(With(parts, ImagePart.KeyOf(ImageTable.EndedRun, ImagePart.IndexOf(live)), parts[live]));
    }

    [Fact]
    public void Two_runs_for_one_node_are_refused()
    {
        var s = Rich();
        var runs = s.Repair.Live.Values.Take(2).ToList();
        var writer = new CommandWriter(new byte[64]);
        RepairCodec.Write(ref writer, runs[1] with { Node = runs[0].Node });

        AssertDamaged(With(PartsOf(s), ImagePart.KeyOf(ImageTable.LiveRun, runs[1].Number), writer.Written.ToArray()));
    }

    [Fact]
    public void Two_episodes_of_one_alert_are_refused()
    {
        var parts = PartsOf(Rich());
        var episodes = parts.Keys.Where(key => ImagePart.TableOf(key) == ImageTable.Episode).ToList();

        AssertDamaged(With(parts, episodes[1], parts[episodes[0]]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_number_that_was_never_given_out_is_refused(int counter)
    {
        var parts = PartsOf(Rich());
        var key = ImagePart.KeyOf(ImageTable.RepairMeta, 0);
        var fewer = parts[key].ToArray();
        fewer.AsSpan(counter * sizeof(long), sizeof(long)).Clear();

        AssertDamaged(With(parts, key, fewer));
    }

    [Fact]
    public void Parts_of_other_tables_are_skipped()
    {
        var parts = With(PartsOf(Rich()), ImagePart.KeyOf(ImageTable.NodePage, 0), [1, 2, 3]);

        Assert.NotEmpty(RepairState.Restore(parts.Select(part => KeyValuePair.Create(part.Key, (ReadOnlyMemory<byte>)part.Value))).Live);
    }

    /// <summary>A state with something in every table.</summary>
    private static RepairScenario Rich()
    {
        var s = new RepairScenario(Playbook.Standard, nodes: 6);
        var over = s.Alert(1);
        var ended = s.Open(over);
        s.Resolve(over);
        s.Fire(s.Alert(name: "late"));
        s.Fire(s.Alert(2, xid: 63));
        s.Open(2);
        s.Tell(ended.Id, told: 1);
        s.Open(3, xid: 79);
        return s;
    }

    private static IEnumerable<ImagePart> Parts(RepairScenario s)
        => s.Repair.Parts().Concat(s.State.Publish(1, s.Now).Episodes().Select(RepairParts.Of));

    private static Dictionary<ulong, byte[]> PartsOf(RepairScenario s) => Parts(s).Image().ToDictionary(part => part.Key, part => part.Value.ToArray());

    private static Dictionary<ulong, byte[]> With(Dictionary<ulong, byte[]> parts, ulong key, byte[] bytes) => new(parts) { [key] = bytes };

    private static void AssertDamaged(Dictionary<ulong, byte[]> parts)
    {
        var image = parts.Select(part => KeyValuePair.Create(part.Key, (ReadOnlyMemory<byte>)part.Value)).ToList();
        Assert.Throws<InvalidDataException>(() =>
        {
            RepairState.Restore(image);
            RepairParts.Restore(new EpisodeTable(), image);
        });
    }
}
