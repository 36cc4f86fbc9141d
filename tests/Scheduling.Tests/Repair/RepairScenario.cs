using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Repair;
using Pipeline.Scheduling.Tests.Support;

namespace Pipeline.Scheduling.Tests.Repair;

/// <summary>A cluster under repair: virtual clock, journal of every changed command, and the executors played by the test.</summary>
internal sealed class RepairScenario
{
    public const long Second = 1_000;
    public const long Minute = 60 * Second;
    public const long Hour = 60 * Minute;

    private readonly List<byte[]> _journal = [];
    private readonly EffectBuffer _buffer = new();
    private int _fingerprints;

    public RepairScenario(RepairPolicy policy, int nodes = 4, bool checkUnchanged = true)
    {
        CheckUnchanged = checkUnchanged;
        for (var node = 1; node <= nodes; node++)
            AddNode(NameOf(node));
        Do(new SetPolicyCommand { Policy = policy });
        Effects.Clear();
    }

    public ClusterState State { get; private set; } = new();

    public RepairState Repair => State.Repair;

    public long Now { get; private set; } = 1_700_000_000_000;

    /// <summary>Effects since they were last cleared.</summary>
    public List<Effect> Effects { get; } = [];

    /// <summary>Every effect ever, for comparison with a replay.</summary>
    public List<Effect> History { get; } = [];

    /// <summary>Whether each refused command is checked to have left the state as it was.</summary>
    public bool CheckUnchanged { get; set; }

    /// <summary>The last attempt that was queued.</summary>
    public Effect.EnqueueStep Wake => History.OfType<Effect.EnqueueStep>().Last();

    public static string NameOf(int node) => $"gpu-{node:d4}";

    public ulong Hash() => State.Publish(_journal.Count, Now).ImageHash();

    public Reply Do(Command command)
    {
        var before = CheckUnchanged ? Hash() : 0;
        _buffer.Clear();
        var reply = Engine.Step(State, command, Now, _buffer);
        Effects.AddRange(_buffer.All());
        History.AddRange(_buffer.All());
        if (reply.Changed)
            Journal(command);
        else if (CheckUnchanged)
            Assert.Equal((before, 0), (Hash(), _buffer.Count));
        return reply;
    }

    public void Advance(long milliseconds) => Now += milliseconds;

    public SweepCounts Sweep() => Assert.IsType<SweepCounts>(Do(new SweepCommand()).Detail);

    /// <summary>Time passes, then the sweep looks.</summary>
    public SweepCounts Pass(long milliseconds)
    {
        Advance(milliseconds);
        return Sweep();
    }

    public int AddNode(string name) => Do(new UpsertNodeCommand { Name = name, GpuCount = 8, CpuMilli = 64_000, MemoryMib = 512_000, Group = "h100" }).Node;

    public void RemoveNode(string name) => Assert.Equal(Outcome.Done, Do(new RemoveNodeCommand { Name = name }).Outcome);

    public AlertSignal Alert(
        int node = 1, int xid = 48, uint gpus = 1, string fault = "", bool overrides = false, AlertKind kind = AlertKind.Fault, string? name = null)
        => new($"fp-{++_fingerprints}", Now, AlertStatus.Firing, kind, "XidError", name ?? NameOf(node), gpus, xid, fault, overrides, "", ["gpu=0"]);

    public AlertReplies Report(params AlertSignal[] alerts)
    {
        var reply = Do(new ReportAlertsCommand { Alerts = [.. alerts], Source = "grafana" });
        return Assert.IsType<AlertReplies>(reply.Detail);
    }

    public AlertOutcome Fire(AlertSignal alert) => Report(alert).Outcomes[0];

    public AlertOutcome Resolve(AlertSignal alert) => Report(alert with { Status = AlertStatus.Resolved }).Outcomes[0];

    /// <summary>Reports a fault and gives the run that answers for it.</summary>
    public Run Open(AlertSignal alert) => ById(Report(alert).Runs[0]);

    public Run Open(int node = 1, int xid = 48, uint gpus = 1) => Open(Alert(node, xid, gpus));

    public Run ById(string id) => Repair.RunById(id) ?? throw new InvalidOperationException($"There is no run '{id}'.");

    public Run OfNode(int node) => OfNodeOrNull(node) ?? throw new InvalidOperationException($"Node {node} has no run.");

    public Run? OfNodeOrNull(int node) => State.Nodes.TryFind(NameOf(node), out var index) ? Repair.RunOfNode(index) : null;

    /// <summary>Adds a node and gives the run it has at once, or null.</summary>
    public Run? RunOfNew(string name)
    {
        var node = AddNode(name);
        return Repair.RunOfNode(node);
    }

    public long QuarantinedBy(int node) => State.Nodes.TryFind(NameOf(node), out var index) ? State.Nodes.QuarantinedBy(index) : -1;

    public uint BadGpus(int node) => State.Nodes.TryFind(NameOf(node), out var index) ? State.Nodes.BadGpusOf(index) : 0;

    public Reply Begin(Effect.EnqueueStep wake)
        => Do(new BeginStepCommand { Run = wake.Run, Step = wake.Step, Attempt = wake.Attempt, Actor = "executor" });

    public Reply Complete(Effect.EnqueueStep wake, StepOutcome outcome, string message = "")
        => Do(new CompleteStepCommand { Run = wake.Run, Step = wake.Step, Attempt = wake.Attempt, Outcome = outcome, Message = message, Actor = "executor" });

    /// <summary>The executor takes the last queued attempt up, which must be this step, and the clock moves on.</summary>
    public Run BeginNext(StepKind step)
    {
        var wake = Wake;
        Assert.Equal(step, wake.Step);
        Assert.Equal(Outcome.Done, Begin(wake).Outcome);
        Advance(Second);
        return ById(wake.Run);
    }

    /// <summary>The executor takes the last queued attempt up, which must be this step, and brings it to its end.</summary>
    public Run Perform(StepKind step, StepOutcome outcome = StepOutcome.Succeeded)
    {
        var wake = Wake;
        BeginNext(step);
        Assert.Equal(Outcome.Done, Complete(wake, outcome).Outcome);
        return ById(wake.Run);
    }

    public void Tell(string run, int told = int.MaxValue, string sender = "slack")
    {
        Do(new ClaimTellingCommand { Run = run, Teller = "notify-1", Lease = Minute });
        Assert.Equal(Outcome.Done, Do(new RecordTellingCommand { Run = run, Teller = "notify-1", Sender = sender, Reference = "ts", Told = told, Release = true }).Outcome);
    }

    public void Confirm(Run run) => Do(new ConfirmMarkCommand { Node = run.NodeName, Run = run.Id, State = run.Marking.Wanted, Marked = run.Marking.Wanted.Length > 0 });

    /// <summary>The journaled bytes, applied to a new state, give the same state and the same effects.</summary>
    public void AssertReplays()
    {
        var (state, codec, buffer, now) = (new ClusterState(), new CommandCodec(), new EffectBuffer(), 0L);
        foreach (var entry in _journal)
            Engine.Step(state, codec.Read(entry, out now), now, buffer);
        Assert.Equal(Hash(), state.Publish(_journal.Count, Now).ImageHash());
        Assert.Equal(History, buffer.All());
    }

    /// <summary>Goes on with what a checkpoint of this moment would restore.</summary>
    public void Restart()
    {
        var (hash, before) = (Hash(), Repair);
        State = ClusterState.Restore(State.Publish(_journal.Count, Now).Parts().Image());
        Assert.Equal(hash, Hash());
        Assert.Equal(before.ByNode, Repair.ByNode);
        Assert.Equal(before.Unsettled, Repair.Unsettled);
        Assert.Equal(before.Repairing, Repair.Repairing);
    }

    public static List<RunState> StatesOf(Run run)
    {
        var states = new List<RunState>();
        foreach (var entry in run.Timeline)
        {
            if (states.Count == 0 || states[^1] != entry.State)
                states.Add(entry.State);
        }

        return states;
    }

    private void Journal(Command command) => _journal.Add(Journaled.BytesOf(command, Now));
}
