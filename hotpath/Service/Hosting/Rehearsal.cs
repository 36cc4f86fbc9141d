using System.Collections.Immutable;
using Pipeline.Hotpath.Grpc;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Repair;
using Pipeline.Scheduling.Tenancy;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Hotpath.Hosting;

/// <summary>
/// The runtime compiles a method when it is first called, and most of a start is that, on one thread. Beside it this goes through what comes
/// later: the life of a small model of its own, which nobody sees, and the descriptions of the gRPC services. A process that comes back
/// with a journal is ready a fifth sooner so, and the first alert after a start is taken in two thirds of the time.
/// </summary>
public static class Rehearsal
{
    private const long Now = 1;
    private const string Fault = "fault";
    private const int Xid = 79;

    private static readonly string[] Nodes = ["a", "b", "c", "d"];
    private static readonly string Run = RunId.Of(Now, 1);

    /// <summary>Returns at once. Nobody waits for it: what it has not reached is compiled where it is needed.</summary>
    public static void Begin() => Task.Run(() =>
    {
        foreach (var _ in Replies())
            continue;
        return GrpcServices.Descriptions();
    });

    /// <summary>What the engine answers to each command.</summary>
    internal static IEnumerable<(Command Command, Reply Reply)> Replies()
    {
        var (state, effects, codec) = (new ClusterState(), new EffectBuffer(), new CommandCodec());
        var sequence = 0L;
        foreach (var command in Commands())
        {
            var read = ThroughJournal(command, codec);
            Lookahead.Load(state, [read]);
            effects.Clear();
            yield return (read, Engine.Step(state, read, Now, effects));
            state.Publish(++sequence, Now);
        }
    }

    private static Command ThroughJournal(Command command, CommandCodec codec)
    {
        var writer = new CommandWriter([]);
        CommandCodec.Write(ref writer, command, Now);
        return codec.Read(writer.Written, out _);
    }

    private static IEnumerable<Command> Commands()
    {
        yield return new SetPolicyCommand { Policy = RepairAtOnce() };
        yield return new SetSchedulingPolicyCommand { Policy = SchedulingPolicy.Open with { Spread = new SpreadRules(1) } };
        yield return new SetTopologyCommand { Domains = [new DomainDefinition("left", 0, [.. Nodes[..2]], []), new DomainDefinition("right", 0, [.. Nodes[2..]], [])] };
        foreach (var node in Nodes)
            yield return new UpsertNodeCommand { Name = node, GpuCount = 8, CpuMilli = 64_000, MemoryMib = 64_000, Group = "group" };
        yield return new PlaceCommand { Workload = 1, Name = "team/assumed", GpuCount = 1, CpuMilli = 1_000, MemoryMib = 1_000 };
        yield return new ConfirmCommand { Workload = 1 };
        yield return new BindCommand { Workload = 2, Name = "team/bound", Node = Nodes[3], GpuMask = 1, GpuCount = 1, GpuMilli = 1_000, CpuMilli = 1_000, MemoryMib = 1_000 };
        yield return new PlaceGangCommand { Gang = Gang() };
        yield return new PlaceCommand { Workload = 3, Name = "team/waiting", GpuCount = 16, CpuMilli = 1_000, MemoryMib = 1_000, Wait = true };
        yield return new ScheduleCommand { MaxPlacements = 1 };
        yield return new ReportAlertsCommand { Source = "grafana", Alerts = [Alert()] };
        yield return new BeginStepCommand { Run = Run, Step = StepKind.Drain, Attempt = 1, Actor = nameof(Rehearsal) };
        yield return new CompleteStepCommand { Run = Run, Step = StepKind.Drain, Attempt = 1, Outcome = StepOutcome.Succeeded, Actor = nameof(Rehearsal) };
        yield return new ReleaseCommand { Workload = 1 };
        yield return new SweepCommand();
    }

    private static RepairPolicy RepairAtOnce()
    {
        var fault = new FaultClass(Fault, 1, 1, 1_000, [Step(StepKind.Drain), Step(StepKind.DriverReset)], Step(StepKind.HealthCheck), 1_000, RunState.Escalated);
        return RepairPolicy.Empty with
        {
            Classes = ImmutableDictionary<string, FaultClass>.Empty.Add(Fault, fault),
            Xids = ImmutableDictionary<int, string>.Empty.Add(Xid, Fault),
        };
    }

    private static LadderStep Step(StepKind kind) => new(kind, 1_000, 1, Repeatable: true, EscalateOnFailure: false, OnlyFaultyGpus: false);

    private static GangSpec Gang() => new(
        1, "team/gang", new WorkloadTraits(), 0, TopologyMode.Soft, 0, [new GangRole("worker", new Shape(4, 1_000, 1_000, 1_000, GroupSet.Any), [10, 11], 0, 0)]);

    private static AlertSignal Alert() => new(
        "fingerprint", Now, AlertStatus.Firing, AlertKind.Fault, "alert", Nodes[3], 1, Xid, "", Overrides: false, "summary", ["node=d"]);
}
