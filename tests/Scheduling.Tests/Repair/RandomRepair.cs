using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Scheduling.Tests.Repair;

/// <summary>A seeded sequence of everything that can happen to a small cluster.</summary>
internal sealed class RandomRepair
{
    public const int MaxAttempts = 9;

    private static readonly int[] Xids = [48, 48, 79, 13, 13, 63, 64, 999];
    private static readonly string[] Classes = ["gpu-reset", "reboot", "memory", "off-bus", "partial", "unchecked", "rma", "flapping", "ask"];

    private readonly Random _random;
    private readonly List<AlertSignal> _alerts = [];
    private readonly RepairInvariants _invariants;

    public RandomRepair(int seed)
    {
        _random = new Random(seed);
        Scenario = new RepairScenario(Policy(), nodes: _random.Next(1, 7));
        _invariants = new RepairInvariants(Scenario);
    }

    public RepairScenario Scenario { get; }

    public void Play(int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            Act();
            _invariants.Check();
        }
    }

    /// <returns>Sweeps until every run has ended.</returns>
    public int End(bool executorsAnswer)
    {
        var sweeps = 0;
        for (; Scenario.Repair.LiveRunCount > 0; sweeps++)
        {
            Assert.InRange(sweeps, 0, 2_000);
            foreach (var run in executorsAnswer ? Scenario.Repair.Live.Values.ToList() : [])
                Execute(run);
            Scenario.Pass(RepairScenario.Minute * (executorsAnswer ? 5 : 30));
            _invariants.Check();
        }

        return sweeps;
    }

    private void Act()
    {
        switch (_random.Next(20))
        {
            case < 5: Report(); break;
            case < 7: Resolve(); break;
            case < 13: Execute(Some()); break;
            case 13: Scenario.Pass(_random.Next(1, 60) * RepairScenario.Second); break;
            case 14: Scenario.Pass(_random.Next(1, 30) * RepairScenario.Minute); break;
            case 15: Membership(); break;
            case 16: Scenario.Do(new SetPolicyCommand { Policy = Policy() }); break;
            case 17: Scenario.Do(new ReturnNodeCommand { Node = Node(), Actor = "ann" }); break;
            case 18 when _random.Next(8) == 0: Uncordon(); break;
            case 18 when _random.Next(8) == 0: FindMark(); break;
            case 18: Stale(); break;
            default: Answer(); break;
        }
    }

    private void Uncordon()
    {
        var node = Node();
        var run = Scenario.State.Nodes.TryFind(node, out var index) ? Scenario.Repair.RunOfNode(index)?.Id : null;
        Scenario.Do(new UncordonCommand { Node = node, Run = run ?? "r-none", Actor = "person" });
    }

    private void FindMark() => Scenario.Do(new AdoptMarkCommand { Node = Node(), Run = "r-unknown", State = "Draining", Step = "Drain" });

    private void Report()
    {
        var alerts = Enumerable.Range(0, _random.Next(1, 4)).Select(_ => Alert()).ToArray();
        _alerts.AddRange(alerts);
        Scenario.Do(new ReportAlertsCommand { Alerts = [.. alerts], Source = "grafana", TruncatedAlerts = _random.Next(8) == 0 ? 3 : 0 });
    }

    private AlertSignal Alert()
    {
        if (_alerts.Count > 0 && _random.Next(6) == 0)
            return _alerts[_random.Next(_alerts.Count)];
        var gpus = _random.Next(4) == 0 ? 0u : 1u << _random.Next(4);
        var kind = _random.Next(12) == 0 ? AlertKind.NoData : AlertKind.Fault;
        return _random.Next(3) switch
        {
            0 => Scenario.Alert(xid: 154, gpus: gpus, fault: Classes[_random.Next(Classes.Length)], overrides: _random.Next(2) == 0, kind: kind, name: Node()),
            _ => Scenario.Alert(xid: Xids[_random.Next(Xids.Length)], gpus: gpus, kind: kind, name: Node()),
        };
    }

    private void Resolve()
    {
        if (_alerts.Count > 0)
            Scenario.Resolve(_alerts[_random.Next(_alerts.Count)]);
    }

    private void Execute(Run? run)
    {
        if (run is null || run.Attempt == 0)
            return;
        var wake = new Effect.EnqueueStep(run.Node, run.Id, run.Step, run.Attempt, 0);
        Scenario.Begin(wake);
        if (_random.Next(4) == 0)
            return;
        Scenario.Advance(_random.Next(10) * RepairScenario.Second);
        Scenario.Complete(wake, (StepOutcome)_random.Next(1, 4));
    }

    private void Stale()
    {
        var wakes = Scenario.History.OfType<Effect.EnqueueStep>().ToList();
        if (wakes.Count == 0)
            return;
        var wake = wakes[_random.Next(wakes.Count)];
        if (_random.Next(2) == 0)
            Scenario.Begin(wake);
        else
            Scenario.Complete(wake, (StepOutcome)_random.Next(0, 5));
    }

    private void Membership()
    {
        var name = Node();
        if (Scenario.State.Nodes.TryFind(name, out _) && _random.Next(2) == 0)
            Scenario.RemoveNode(name);
        else
            Scenario.AddNode(name);
        if (_random.Next(3) == 0)
            Scenario.Restart();
    }

    private void Answer()
    {
        if (Some() is not { } run)
            return;
        if (_random.Next(2) == 0)
            Scenario.Confirm(run);
        else
            Scenario.Tell(run.Id, _random.Next(10));
    }

    private Run? Some()
    {
        var runs = Scenario.Repair.Live.Values.ToList();
        return runs.Count == 0 ? null : runs[_random.Next(runs.Count)];
    }

    private string Node() => RepairScenario.NameOf(_random.Next(1, 8));

    private RepairPolicy Policy()
    {
        var classes = Playbook.Standard.Classes
            .Add("partial", Playbook.Fault("partial", _random.Next(10, 70), Playbook.PartialDrain, Playbook.GpuReset, Playbook.Drain, Playbook.Reboot, Playbook.Reboot))
            .Add("unchecked", Playbook.Fault("unchecked", _random.Next(10, 70), Playbook.Drain, Playbook.Reboot with { Tries = 3 }, Playbook.PowerCycle) with { HealthCheck = Playbook.NoCheck })
            .Add("rma", Playbook.Fault("rma", _random.Next(10, 70)))
            .Add("ask", Playbook.Fault("ask", _random.Next(10, 70), Playbook.GpuReset with { EscalateOnFailure = true }, Playbook.Person))
            .Add("flapping", Playbook.Fault("flapping", _random.Next(10, 70), Playbook.Drain) with { Repeats = 2, Window = Playbook.Window, Soak = 0, Ending = RunState.Escalated });
        int[] percents = [1, 30, 50, 100];
        return Playbook.Standard with
        {
            Classes = classes,
            MaxRepairingPercent = percents[_random.Next(percents.Length)],
            MaxAttempts = _random.Next(3, MaxAttempts + 1),
            UnknownXidClass = _random.Next(2) == 0 ? "" : "reboot",
        };
    }
}
