using Pipeline.Contracts.Cluster;
using Pipeline.Contracts.Remote;
using Pipeline.Contracts.V1;

namespace Pipeline.Contracts.Tests.Remote;

public class NodeMessagesTests
{
    [Fact]
    public void Every_kind_state_and_outcome_survives_its_message()
    {
        foreach (var kind in Enum.GetValues<NodeActionKind>())
            Assert.Equal((kind, kind.ToString()), (kind.ToMessage().ToKind(), kind.ToMessage().ToString()));
        foreach (var outcome in Enum.GetValues<EvictionOutcome>())
            Assert.Equal((outcome, outcome.ToString()), (outcome.ToMessage().ToOutcome(), outcome.ToMessage().ToString()));
        foreach (var state in Enum.GetValues<ActionState>())
        {
            var status = new ActionStatus(state, TimeSpan.FromMilliseconds(7), "detail");
            Assert.Equal(status, status.ToMessage().ToStatus());
        }
    }

    [Fact]
    public void What_is_missing_or_unknown_is_refused()
    {
        Assert.StartsWith("kind:", Assert.Throws<InvalidRequestException>(() => ActionKind.Unspecified.ToKind()).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidRequestException>(() => ((ActionKind)99).ToKind());
        Assert.Throws<InvalidRequestException>(() => new ActionReply().ToStatus());
        Assert.Throws<InvalidRequestException>(() => EvictOutcome.Unspecified.ToOutcome());
    }

    [Fact]
    public void Workloads_and_actions_survive_their_messages()
    {
        var workload = new ClusterWorkload(ulong.MaxValue, "team/job", "gpu-0001", 2, 1000, 0b11, 4000, 65536, "a100", true);
        Assert.Equal(workload, workload.ToMessage().ToWorkload());
        var at = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_123);
        var action = new ExecutedAction("r-1/2", "gpu-0001", NodeActionKind.GpuReset, 0b1000, at, at.AddSeconds(15), ActionState.Running, "…");
        Assert.Equal(action, action.ToMessage().ToExecuted());
    }

    [Fact]
    public void An_action_is_never_asked_about_too_early()
        => Assert.Equal(2, new ActionStatus(ActionState.Running, TimeSpan.FromMilliseconds(1.1), "").ToMessage().CheckAfter);
}
