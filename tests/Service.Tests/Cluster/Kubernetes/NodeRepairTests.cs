using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Hotpath.Cluster.Kubernetes;
using Pipeline.Hotpath.Cluster.Kubernetes.Repairs;
using Pipeline.Hotpath.Tests.Support;
using Pipeline.Kubernetes.Json;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Tests.Support;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Hotpath.Tests.Cluster.Kubernetes;

public sealed class NodeRepairTests
{
    private static readonly FaultClass Fault = new(
        "off-bus", 60, 3, 600_000,
        [new(StepKind.Drain, 300_000, 2, true, true, true), new(StepKind.GpuReset, 1_000, 1, true, false, false), new(StepKind.PowerCycle, 900_001, 1, false, false, false)],
        new(StepKind.HealthCheck, 60_000, 2, true, false, false), 600_000, RunState.NeedsHardware);

    internal static readonly Run Full = new()
    {
        Number = 0,
        Node = -1,
        Id = "r-abc-7",
        NodeName = "gpu-1",
        Class = Fault,
        Pending = Fault with { Name = "worse", HealthCheck = Fault.HealthCheck with { Tries = 0 } },
        State = RunState.Acting,
        Rung = 2,
        Step = StepKind.PowerCycle,
        Attempt = 5,
        Tries = 1,
        Begun = true,
        Deadline = 1_700_000_900_123,
        GpuMask = 0x80000001,
        Holds = true,
        Acted = true,
        Drained = true,
        OpenedAt = 1_700_000_000_456,
        StartsAt = 1_699_999_999_999,
        Summary = "GPU fell off the bus",
        Episodes = [new("f1", 1_699_999_999_999, "off-bus", 1, 1_700_000_000_456, true), new("f2", 1_699_999_999_998, "worse", 0, 1_700_000_000_457, false)],
        Timeline = [new(1_700_000_000_456, RunState.Observed, StepKind.None, Reason.FaultAccepted, "grafana", "XID 79", 0), new(1_700_000_000_789, RunState.Acting, StepKind.PowerCycle, Reason.AttemptBegun, "executor", "", 5)],
        Tellings = [new("slack", "C1/123.4", 1), new("log", "", 2)],
    };

    public static TheoryData<string> Cases => ["full", "ended", "observed", "held"];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_run_comes_back_from_its_object_as_it_was_written(string which)
    {
        var run = which switch
        {
            "ended" => Full with { State = RunState.Healthy, Step = StepKind.None, Begun = false, Holds = false, Pending = null, Deadline = long.MaxValue, EndedAt = 1_700_000_999_001 },
            "observed" => Full with { State = RunState.Observed, Step = StepKind.None, Begun = false, Holds = false, Rung = -1, Attempt = 0, Tries = 0, Tellings = [] },
            "held" => Full with { State = RunState.Held, Step = StepKind.None, Begun = false, Holds = false, Deadline = long.MaxValue, GpuMask = 0, Summary = "" },
            _ => Full,
        };

        var record = NodeRepairReading.RecordOf(OverTheWire(NodeRepairWriting.Of(run, 42)));

        Assert.Equal("", record.Problem);
        Assert.Equivalent(run, record.Run, strict: true);
    }

    [Fact]
    public void A_long_story_keeps_its_newest_lines_and_how_far_they_were_told()
    {
        var lines = Enumerable.Range(1, 300).Select(at => new TimelineEntry(at, RunState.Acting, StepKind.None, Reason.FaultAttached, "a", new string('x', 2_000), 0));
        var run = Full with { Timeline = [.. lines], Tellings = [new("slack", "t", 290), new("log", "", 3)] };

        var read = NodeRepairReading.RecordOf(OverTheWire(NodeRepairWriting.Of(run, 42))).Run!;

        Assert.Equal((128, 173, 300), (read.Timeline.Length, read.Timeline[0].At, read.Timeline[^1].At));
        Assert.Equal([118, 0], read.Tellings.Select(telling => telling.Told));
        Assert.All(read.Timeline, line => Assert.Equal(1_024, line.Detail.Length));
    }

    [Theory]
    [InlineData("status.state", """{"playbook":{"faultClass":"x","ending":"Escalated","healthCheck":{"step":"healthCheck"}},"state":"Drunk"}""")]
    [InlineData("status.state", """{"playbook":{"faultClass":"x","ending":"Escalated","healthCheck":{"step":"healthCheck"}},"state":"5"}""")]
    [InlineData("status.step", """{"playbook":{"faultClass":"x","ending":"Escalated","healthCheck":{"step":"healthCheck"}},"state":"Acting","step":"dance"}""")]
    [InlineData("status.gpus", """{"playbook":{"faultClass":"x","ending":"Escalated","healthCheck":{"step":"healthCheck"}},"state":"Acting","gpus":[32]}""")]
    [InlineData("status.deadline:", """{"state":"Acting","deadline":"2026-01-01T00:00:60Z"}""")]
    [InlineData("status.rung:", """{"state":"Acting","rung":3000000000}""")]
    [InlineData("status.timeline[1].at:", """{"timeline":[{"at":"2026-01-01T00:00:00Z"},{"at":"0000-01-01T00:00:00Z"}]}""")]
    [InlineData("status.playbook", "{}")]
    [InlineData("status.playbook.ending", """{"playbook":{"faultClass":"x","healthCheck":{"step":"healthCheck"}},"state":"Acting"}""")]
    public void What_cannot_be_read_is_named(string field, string status)
    {
        var repair = JsonSerializer.Deserialize($$"""{"metadata":{"name":"r-1-1"},"spec":{"node":"a"},"status":{{status}}}""", KubernetesJson.Options.TypeInfo<NodeRepair>())!;

        var record = NodeRepairReading.RecordOf(repair);

        Assert.Null(record.Run);
        Assert.StartsWith(field, record.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_status_that_cannot_be_read_keeps_no_leader_from_the_other_records()
    {
        await using var server = await ApiDouble.StartAsync((context, _, _) => context.JsonAsync(context.Request.Path.Value!.EndsWith("noderepairs", StringComparison.Ordinal)
            ? """
              {"metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":"r-1-1"},"spec":{"node":"a"},"status":{"startsAt":"2026-01-01T00:00:60Z"}},
              {"metadata":{"name":"r-1-2"},"spec":{"node":"b"}}]}
              """
            : """{"resources":[{"name":"noderepairs"}]}"""));
        using var client = server.Client();
        using var records = new NodeRepairs(client, new KubernetesOptions(), TimeProvider.System, NullLogger<NodeRepairs>.Instance);

        var read = await records.ListAsync(CancellationToken.None).Bounded();
        await using var watch = records.WatchAsync(CancellationToken.None).GetAsyncEnumerator();

        Assert.Equal([("r-1-1", "status.startsAt: cannot be read"), ("r-1-2", "status.playbook: missing")], read.Select(record => (record.Id, record.Problem)));
        Assert.True(await watch.MoveNextAsync().AsTask().Bounded());
    }

    private static NodeRepair OverTheWire(NodeRepair repair)
        => JsonSerializer.Deserialize(JsonSerializer.Serialize(repair, KubernetesJson.Options.TypeInfo<NodeRepair>()), KubernetesJson.Options.TypeInfo<NodeRepair>())!;
}
