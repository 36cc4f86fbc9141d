using FsCheck;
using FsCheck.Fluent;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests;

public class LookaheadTests
{
    [Fact]
    public void Looking_ahead_in_any_history_changes_nothing()
        => Prop.ForAll(MixedScript.Any(), script =>
        {
            var cluster = new TestCluster();
            foreach (var stretch in script.Steps().Chunk(Lookahead.Depth))
            {
                var before = cluster.Snapshot().ImageHash();
                Lookahead.Load(cluster.State, [.. stretch.Select(step => step.Item1)]);
                Assert.Equal(before, cluster.Snapshot().ImageHash());
                foreach (var (command, elapsed) in stretch)
                {
                    cluster.Now += elapsed;
                    cluster.Do(command);
                }
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Every_command_that_looks_for_one_workload_first_says_which()
    {
        Command[] commands =
            [new PlaceCommand { Workload = 7 }, new ConfirmCommand { Workload = 7 }, new ReleaseCommand { Workload = 7 }, new BindCommand { Workload = 7 }];
        Assert.All(commands, command => Assert.Equal(7UL, command.Sought));
        Assert.Equal(0UL, new SweepCommand().Sought);
    }
}
