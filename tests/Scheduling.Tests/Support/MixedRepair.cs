using System.Collections.Immutable;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Repair;
using Pipeline.Scheduling.Tests.Repair;

namespace Pipeline.Scheduling.Tests.Support;

/// <summary>
/// Everything that can happen to nodes under repair, for <see cref="MixedScript"/>. Steps and answers name runs and attempts, so the
/// history is played along on a cluster of its own.
/// </summary>
internal sealed class MixedRepair(Func<Random, string> nodeName)
{
    // Short enough for runs to end within a history of a few hundred commands.
    private const long Patience = 60_000;
    private const int Remembered = 12;

    private static readonly int[] Xids = [48, 48, 79, 13, 63];

    private readonly TestCluster _shadow = new();
    private readonly List<AlertSignal> _alerts = [];
    private readonly List<Effect.EnqueueStep> _wakes = [];
    private int _fingerprints;

    public static SetPolicyCommand Policy { get; } = new()
    {
        Policy = Playbook.Standard with
        {
            Classes = Playbook.Standard.Classes.ToImmutableDictionary(pair => pair.Key, pair => pair.Value with
            {
                Soak = Patience,
                Ladder = [.. pair.Value.Ladder.Select(step => step with { Deadline = Patience })],
            }, StringComparer.Ordinal),
            MaxRepairingPercent = 25,
        },
    };

    private RepairState State => _shadow.State.Repair;

    public void Play(Command command, long elapsed)
    {
        _shadow.Now += elapsed;
        _shadow.Effects.Clear();
        _shadow.Do(command);
        _wakes.AddRange(_shadow.Effects.All().OfType<Effect.EnqueueStep>());
        _wakes.RemoveRange(0, Math.Max(0, _wakes.Count - Remembered));
    }

    public Command Next(Random random) => random.Next(32) switch
    {
        < 4 => Report(random),
        < 5 when _alerts.Count > 0 => new ReportAlertsCommand { Alerts = [Any(random, _alerts) with { Status = AlertStatus.Resolved }], Source = "grafana" },
        < 9 when _wakes.Count > 0 => Begin(Any(random, _wakes)),
        < 15 when _wakes.Count > 0 => Complete(random, Any(random, _wakes)),
        < 18 => new ReturnNodeCommand { Node = Held(random)?.NodeName ?? nodeName(random), Actor = "ann" },
        < 19 => Mark(random),
        < 20 when Some(random) is { } run => new AdoptRunCommand { Run = run with { Attempt = Math.Min(run.Attempt + 1, 100) } },
        < 21 when Some(random) is { } run => new UncordonCommand { Node = run.NodeName, Run = run.Id, Actor = "person" },
        < 25 when Unsettled(random) is { } run => new ConfirmMarkCommand { Node = run.NodeName, Run = run.Id, State = run.Marking.Wanted, Marked = run.Marking.Wanted.Length > 0 },
        < 31 when Unsettled(random) is { } run => Tell(random, run),
        _ => new ArchivedCommand { RunsThrough = State.LastEndOrdinal, AlertsThrough = State.LastAlertNumber },
    };

    private ReportAlertsCommand Report(Random random)
    {
        var alert = new AlertSignal(
            $"fp-{++_fingerprints}", _shadow.Now, AlertStatus.Firing, AlertKind.Fault, "XidError", nodeName(random),
            random.Next(3) == 0 ? 0 : 1u << random.Next(4), Xids[random.Next(Xids.Length)], "", false, "", []);
        _alerts.Add(alert);
        _alerts.RemoveRange(0, Math.Max(0, _alerts.Count - Remembered));
        return new ReportAlertsCommand { Alerts = [alert], Source = "grafana" };
    }

    private static BeginStepCommand Begin(Effect.EnqueueStep wake) => new() { Run = wake.Run, Step = wake.Step, Attempt = wake.Attempt, Actor = "executor" };

    private static CompleteStepCommand Complete(Random random, Effect.EnqueueStep wake) => new()
    {
        Run = wake.Run,
        Step = wake.Step,
        Attempt = wake.Attempt,
        Outcome = random.Next(3) > 0 ? StepOutcome.Succeeded : (StepOutcome)random.Next(1, 4),
        Actor = "executor",
    };

    // What it says is understood or not: then a person is called at once, and the node stays out.
    private AdoptMarkCommand Mark(Random random) => new()
    {
        Node = nodeName(random),
        Run = $"r-x-{random.Next(1, 2_000)}",
        State = random.Next(2) == 0 ? "Draining" : "Unheard",
        Step = "Drain",
        Attempt = 1,
        FaultClass = "reboot",
    };

    private static Command Tell(Random random, Run run) => run.Teller.Length == 0
        ? new ClaimTellingCommand { Run = run.Id, Teller = "notify-1", Lease = Patience }
        : new RecordTellingCommand { Run = run.Id, Teller = "notify-1", Sender = "slack", Reference = "ts", Told = random.Next(4) == 0 ? 1 : int.MaxValue, Release = true };

    /// <summary>The world still owes the run an answer; mostly one that has ended, for those are asked for at every sweep.</summary>
    private Run? Unsettled(Random random) => State.Unsettled.IsEmpty || random.Next(4) == 0 ? Some(random) : State.Ended[State.Unsettled.Min];

    private Run? Some(Random random) => State.ByNode.IsEmpty ? null : State.RunOfNode(State.ByNode.Keys.ElementAt(random.Next(State.ByNode.Count)));

    /// <summary>A run that has ended and keeps its node: nobody else gives that back.</summary>
    private Run? Held(Random random)
        => State.Escalated.IsEmpty || random.Next(4) == 0 ? null : State.Ended.Values.FirstOrDefault(run => run.Holds);

    private static T Any<T>(Random random, List<T> of) => of[random.Next(of.Count)];
}
