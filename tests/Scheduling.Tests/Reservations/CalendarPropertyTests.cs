using FsCheck;
using FsCheck.Fluent;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Reservations;
using Pipeline.Scheduling.Snapshots;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Reservations;

public class CalendarPropertyTests
{
    private static readonly Config Thorough = Config.QuickThrowOnFailure.WithMaxTest(Cases.Of(60));

    [Fact]
    public void The_calendar_never_gives_a_node_twice_nor_a_project_more_than_its_quota()
        => Prop.ForAll(RandomCalendar.Any, script =>
        {
            var cluster = RandomCalendar.Cluster();
            foreach (var step in script.Steps())
            {
                step.Apply(cluster);
                var live = cluster.State.Reservations.ByStart();
                foreach (var one in live)
                {
                    Assert.DoesNotContain(live, other => other.Id != one.Id && Overlap(one, other) && one.Nodes.Intersect(other.Nodes).Any());
                    var reserved = live.Where(r => r.Request.Project == one.Request.Project && r.Start <= one.Start && one.Start < r.End).Sum(r => r.Milli);
                    Assert.InRange(reserved, 0, RandomCalendar.Quota);
                }
            }
        }).Check(Thorough);

    [Fact]
    public void Nobody_begins_on_a_block_of_others_what_does_not_end_before_it()
        => Prop.ForAll(RandomCalendar.Any, script =>
        {
            var cluster = RandomCalendar.Cluster();
            var before = new HashSet<ulong>();
            foreach (var step in script.Steps())
            {
                var book = cluster.State.Reservations;
                var queue = cluster.Snapshot().Pending().Select(j => (j.Id, j.Gang != null)).ToHashSet();
                book = book with { Holds = book.Holds.RemoveAll(h => !queue.Contains((h.Job, h.IsGang))) };
                step.Apply(cluster);
                var after = cluster.Snapshot().Workloads().ToList();
                if (step.Command is PlaceCommand or PlaceGangCommand or ScheduleCommand)
                    Assert.All(after.Where(w => !before.Contains(w.Id)), w => Assert.True(MayBegin(book, w, cluster), $"{w.Name} on {w.Node} at {cluster.Now}"));
                before = [.. after.Select(w => w.Id)];
            }
        }).Check(Thorough);

    [Fact]
    public void Once_a_sweep_has_seen_the_start_the_block_is_free_of_others()
        => Prop.ForAll(RandomCalendar.Any, script =>
        {
            var cluster = RandomCalendar.Cluster();
            foreach (var step in script.Steps())
            {
                step.Apply(cluster);
                if (step.Command is not SweepCommand)
                    continue;
                foreach (var active in cluster.State.Reservations.ByStart().Where(r => r.Start <= cluster.Now))
                {
                    Assert.Equal(ReservationState.Active, active.State);
                    Assert.True(active.End > cluster.Now);
                    var foreign = cluster.Snapshot().Workloads().Where(w => active.Nodes.Contains(w.Node)
                        && (w.Traits.Reservation != active.Id || w.Traits.Project != active.Request.Project));
                    Assert.Empty(foreign);
                }
            }
        }).Check(Thorough);

    [Fact]
    public void What_a_conflict_suggests_is_admitted_and_one_node_more_is_not()
        => Prop.ForAll(RandomCalendar.Any, script =>
        {
            var cluster = RandomCalendar.Cluster();
            foreach (var step in script.Steps())
            {
                if (step.Apply(cluster).Detail is not ReservationConflict conflict)
                    continue;
                var command = (ReserveCommand)step.Command!;
                var request = command.Request;
                Assert.InRange(conflict.NodesThatFit, 0, request.NodeCount - 1);
                Assert.Equal(Outcome.Conflict, Ask(request with { NodeCount = conflict.NodesThatFit + 1 }));
                if (conflict.NodesThatFit > 0)
                    Assert.Equal(Outcome.Done, Ask(request with { NodeCount = conflict.NodesThatFit }));
                foreach (var start in cluster.State.Reservations.ByStart().Select(r => r.End).Append(conflict.EarliestStart).Where(e => e > request.Start))
                {
                    var moved = request with { Start = start, End = start + request.End - request.Start };
                    var admitted = Ask(moved) == Outcome.Done;
                    Assert.Equal(start == conflict.EarliestStart, admitted && (conflict.EarliestStart == 0 || start <= conflict.EarliestStart));
                }

                Outcome Ask(ReservationRequest instead) => cluster.Fork().Do(new ReserveCommand { Request = instead, Replace = command.Replace }).Outcome;
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Cases.Of(25)));

    [Fact]
    public void Exactly_the_nodes_with_a_block_are_out_of_ordinary_placement()
        => Prop.ForAll(RandomCalendar.Any, script =>
        {
            var cluster = RandomCalendar.Cluster();
            foreach (var step in script.Steps())
            {
                step.Apply(cluster);
                var snapshot = cluster.Snapshot();
                foreach (var node in snapshot.Nodes())
                {
                    Assert.Equal(node.Health == NodeHealth.Healthy && !snapshot.Reservations.IsBlocked(node.Index), cluster.State.Nodes.IsSchedulable(node.Index));
                    Assert.Equal(snapshot.Reservations.IsBlocked(node.Index), cluster.State.Blocks.Nodes.Contains(node.Index));
                }
            }
        }).Check(Thorough);

    [Fact]
    public void The_journal_and_an_image_give_the_same_state_which_then_goes_on_alike()
        => Prop.ForAll(RandomCalendar.Any, script =>
        {
            var (original, replayed, codec) = (RandomCalendar.Cluster(), RandomCalendar.Cluster(), new CommandCodec());
            foreach (var step in script.Steps())
            {
                var before = original.Snapshot().ImageHash();
                var reply = step.Apply(original);
                Assert.True(reply.Changed || before == original.Snapshot().ImageHash(), $"{step.Command} at {original.Now}: {reply}");
                if (step.Command is null)
                    (step with { Elapsed = 0 }).Apply(replayed);
                if (step.Command is null || !reply.Changed)
                    continue;
                var writer = new CommandWriter(new byte[64]);
                CommandCodec.Write(ref writer, step.Command, original.Now);
                var command = codec.Read(writer.Written, out var now);
                replayed.Now = now;
                replayed.Do(command);
            }
            Assert.Equal(original.Snapshot().ImageHash(), replayed.Snapshot().ImageHash());
            var restored = original.Fork();
            Assert.Equal(original.Snapshot().ImageHash(), restored.Snapshot().ImageHash());
            foreach (var step in (script with { Seed = script.Seed / 2 }).Steps())
            {
                var (one, other) = (step.Apply(original), step.Apply(restored));
                Assert.Equal((one.Outcome, one.Node, one.GpuMask, one.Changed), (other.Outcome, other.Node, other.GpuMask, other.Changed));
            }
            Assert.Equal(original.Snapshot().ImageHash(), restored.Snapshot().ImageHash());
        }).Check(Thorough);

    [Fact]
    public void The_histories_reach_every_state_holds_and_conflicts()
    {
        var (states, holds, conflicts, backfilled) = (new HashSet<ReservationState>(), 0, 0, 0);
        for (var seed = 0; seed < 40; seed++)
        {
            var cluster = RandomCalendar.Cluster();
            foreach (var step in new RandomCalendar(seed, 250).Steps())
            {
                var reply = step.Apply(cluster);
                var book = cluster.State.Reservations;
                states.UnionWith(book.Live.Values.Concat(book.Over.Values).Select(r => r.State));
                holds += book.Holds.Length;
                conflicts += reply.Detail is ReservationConflict { NodesThatFit: > 0, EarliestStart: > 0 } ? 1 : 0;
                backfilled += step.Command is PlaceCommand && reply.Outcome == Outcome.Done && book.IsBlocked(reply.Node) ? 1 : 0;
            }
        }
        Assert.Equal(5, states.Count);
        Assert.True(holds > 0 && conflicts > 0 && backfilled > 0, $"{holds} {conflicts} {backfilled}");
    }

    private static bool Overlap(Reservation one, Reservation other) => one.Start < other.End && other.Start < one.End;

    private static bool MayBegin(ReservationBook book, WorkloadView workload, TestCluster cluster)
    {
        var end = workload.Traits.ExpectedSeconds == 0 ? long.MaxValue : cluster.Now + workload.Traits.ExpectedSeconds * 1000L;
        var blocks = book.OfNode(workload.Node).Where(r => r.End > cluster.Now).ToList();
        if (blocks.Find(r => r.Start <= cluster.Now) is { } active)
            return active.Id == workload.Traits.Reservation && active.Request.Project == workload.Traits.Project;
        return blocks.TrueForAll(r => end <= r.Start)
            && book.Holds.Where(h => h.Nodes.Contains(workload.Node)).All(h => h.Job == workload.Id || h.Job == workload.Id / 1000 || end <= h.Start);
    }
}
