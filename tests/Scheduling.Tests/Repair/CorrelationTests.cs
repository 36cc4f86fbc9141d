using Pipeline.Scheduling.Repair;

namespace Pipeline.Scheduling.Tests.Repair;

public sealed class CorrelationTests
{
    [Theory]
    [InlineData(63)]
    [InlineData(64)]
    public void A_memory_fault_before_a_double_bit_error_makes_it_the_correlated_class(int with)
    {
        var s = new RepairScenario(Playbook.Standard);

        Assert.Equal(AlertOutcome.Ignored, s.Fire(s.Alert(xid: with)));
        s.Advance(RepairScenario.Minute);

        Assert.Equal("memory", s.Open(xid: 48).Class.Name);
        s.AssertReplays();
    }

    [Theory]
    [InlineData(63)]
    [InlineData(64)]
    public void A_memory_fault_after_a_double_bit_error_supersedes_it(int with)
    {
        var s = new RepairScenario(Playbook.Standard);

        var run = s.Open(xid: 48);
        s.Advance(RepairScenario.Minute);
        s.Open(xid: with);

        Assert.Equal((run.Number, "memory"), (s.OfNode(1).Number, s.OfNode(1).Class.Name));
        s.AssertReplays();
    }

    [Fact]
    public void Faults_further_apart_than_the_window_are_not_correlated()
    {
        var s = new RepairScenario(Playbook.Standard);

        s.Fire(s.Alert(xid: 63));
        s.Advance(Playbook.Window + 1);

        Assert.Equal("gpu-reset", s.Open(xid: 48).Class.Name);
    }

    [Fact]
    public void Faults_of_different_nodes_are_not_correlated()
    {
        var s = new RepairScenario(Playbook.Standard);

        s.Fire(s.Alert(node: 2, xid: 63));

        Assert.Equal("gpu-reset", s.Open(node: 1, xid: 48).Class.Name);
    }

    [Fact]
    public void What_was_seen_on_a_node_is_forgotten_with_it()
    {
        var s = new RepairScenario(Playbook.Standard);
        s.Fire(s.Alert(xid: 63));

        s.RemoveNode(RepairScenario.NameOf(1));
        s.AddNode(RepairScenario.NameOf(1));

        Assert.Equal("gpu-reset", s.Open(xid: 48).Class.Name);
    }

    [Fact]
    public void Faults_reported_before_their_node_appeared_are_correlated_by_when_they_were_reported()
    {
        var s = new RepairScenario(Playbook.Standard);
        s.Report(s.Alert(xid: 63, name: "near"), s.Alert(xid: 63, name: "far"));
        s.Advance(RepairScenario.Minute);
        s.Fire(s.Alert(xid: 48, name: "near"));
        s.Advance(Playbook.Window);
        s.Fire(s.Alert(xid: 48, name: "far"));

        var near = s.RunOfNew("near");
        var far = s.RunOfNew("far");

        Assert.Equal(("memory", "gpu-reset"), (near?.Class.Name, far?.Class.Name));
        s.AssertReplays();
    }
}
