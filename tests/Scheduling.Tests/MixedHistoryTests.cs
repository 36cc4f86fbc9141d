using FsCheck;
using FsCheck.Fluent;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests;

/// <summary>What must hold after any history of commands.</summary>
public class MixedHistoryTests
{
    private static readonly Config Thorough = Config.QuickThrowOnFailure.WithMaxTest(Cases.Of(60));

    [Fact]
    public void Every_count_is_what_counting_from_scratch_gives()
        => Prop.ForAll(MixedScript.Any(), script =>
        {
            var cluster = script.Played();
            Recount.Check(cluster);
            Recount.CheckQuarantines(cluster);
        }).Check(Thorough);

    /// <summary>Only the cluster itself puts more workloads on a node than it may have, or takes the limit below what is there.</summary>
    [Fact]
    public void No_decision_puts_more_workloads_on_a_node_than_it_may_have()
        => Prop.ForAll(MixedScript.Any(), script =>
        {
            var cluster = new TestCluster();
            foreach (var (command, elapsed) in script.Steps())
            {
                cluster.Now += elapsed;
                var before = cluster.Snapshot();
                cluster.Do(command);
                if (command is not (PlaceCommand or PlaceGangCommand or ScheduleCommand))
                    continue;
                Assert.All(cluster.Snapshot().Nodes(), node => Assert.True(
                    node.WorkloadCount <= node.MaxWorkloads || (before.TryGetNode(node.Index, out var was) && node.WorkloadCount <= was.WorkloadCount), node.Name));
            }
        }).Check(Thorough);

    /// <summary>A history in which, say, no reservation is ever taken would prove nothing about reservations.</summary>
    [Fact]
    public void Every_kind_of_command_has_an_effect_in_some_history_and_somebody_is_evicted()
    {
        var (done, evicted, forgotten, ungrouped) = (new HashSet<CommandKind>(), 0, 0, 0);
        for (var seed = 1; seed <= 80; seed++)
        {
            var cluster = new TestCluster();
            foreach (var (command, elapsed) in new MixedScript(seed, 250).Steps())
            {
                cluster.Now += elapsed;
                cluster.Effects.Clear();
                if (cluster.Do(command) is { Changed: true } || command is ExplainCommand)
                    done.Add(command.Kind);
                ungrouped += cluster.State.Nodes.NodesOfGroup(NodeTable.NoGroup);
                evicted += cluster.Effects.All().OfType<Effect.Evict>().Count();
            }
            forgotten += cluster.State.Nodes.TryFindGroup("g0", out _) ? 0 : 1;
        }
        // Questions change nothing, and only what is more than a thousand ended runs is forgotten.
        Assert.Equal(
            Enum.GetValues<CommandKind>().Except([CommandKind.Locate, CommandKind.Survey, CommandKind.PlanEvictions, CommandKind.Archived]),
            done.Order());
        Assert.True(evicted > 0 && forgotten > 0 && ungrouped > 0);
    }

    [Fact]
    public void What_changed_nothing_says_so_and_what_says_so_changed_nothing()
        => Prop.ForAll(MixedScript.Any(60), script =>
        {
            var cluster = new TestCluster();
            foreach (var (command, elapsed) in script.Steps())
            {
                cluster.Now += elapsed;
                var before = cluster.Snapshot().ImageHash();
                var reply = cluster.Do(command);
                Assert.True(reply.Changed || before == cluster.Snapshot().ImageHash(), $"{command.Kind} {reply.Outcome} {reply.Detail}");
            }
        }).Check(Thorough);

    [Fact]
    public void Replaying_only_what_changed_the_state_gives_the_same_state_also_through_the_codec_and_a_checkpoint()
        => Prop.ForAll(MixedScript.Any(), script =>
        {
            var (first, second) = (new TestCluster(), new TestCluster());
            var codec = new CommandCodec();
            var half = script.Length / 2;
            foreach (var (command, elapsed) in script.Steps())
            {
                first.Now += elapsed;
                if (!first.Do(command).Changed)
                    continue;
                var writer = new CommandWriter(new byte[256]);
                CommandCodec.Write(ref writer, command, first.Now);
                var read = codec.Read(writer.Written, out var now);
                Engine.Step(second.State, read, now, second.Effects);
                if (--half == 0)
                    second = second.Fork();
            }
            Assert.Equal(first.Snapshot().ImageHash(), second.Snapshot().ImageHash());
        }).Check(Thorough);

    /// <summary>Below what it needs a gang only comes by losing members, or where the cluster says that single ones run.</summary>
    [Fact]
    public void A_gang_is_never_begun_with_fewer_members_than_it_needs()
        => Prop.ForAll(MixedScript.Any(), script =>
        {
            var cluster = new TestCluster();
            var before = PlacedByGang(cluster);
            foreach (var (command, elapsed) in script.Steps())
            {
                cluster.Now += elapsed;
                cluster.Do(command);
                var after = PlacedByGang(cluster);
                foreach (var (gang, (placed, needed)) in command is BindCommand ? [] : after)
                    Assert.True(placed >= needed || placed <= before.GetValueOrDefault(gang).Placed, $"{command.Kind}: gang {gang} has {placed} of {needed}");
                before = after;
            }
        }).Check(Thorough);

    [Fact]
    public void What_if_says_what_then_happens_and_changes_nothing()
        => Prop.ForAll(MixedScript.Any(80), script =>
        {
            var cluster = new TestCluster();
            var steps = script.Steps().ToList();
            var tried = steps.Count / 2;
            foreach (var (command, elapsed) in steps[..tried])
            {
                cluster.Now += elapsed;
                cluster.Do(command);
            }
            var (hash, fork) = (cluster.Snapshot().ImageHash(), cluster.Fork());
            var trials = steps[tried..].Select(step => Try(fork, step.Command)).ToList();
            Assert.Equal(hash, cluster.Snapshot().ImageHash());
            foreach (var (step, trial) in steps[tried..].Zip(trials))
                Assert.Equal(trial, Try(cluster, step.Command));
        }).Check(Thorough);

    // Of a gang that was found running nobody said what it needs.
    private static Dictionary<ulong, (int Placed, int Needed)> PlacedByGang(TestCluster cluster)
        => cluster.Snapshot().Workloads().Where(workload => workload.Set >= 0 && cluster.State.Sets[workload.Set].Kind == SetKind.Gang)
            .GroupBy(workload => workload.Set)
            .ToDictionary(members => cluster.State.Sets[members.Key].Id, members => (members.Count(), cluster.State.Sets[members.Key].Gang?.Needed ?? 0));

    private static (Outcome, int, uint, int) Try(TestCluster cluster, Command command)
    {
        cluster.Effects.Clear();
        var reply = cluster.Do(command);
        return (reply.Outcome, reply.Node, reply.GpuMask, cluster.Effects.Count);
    }
}
