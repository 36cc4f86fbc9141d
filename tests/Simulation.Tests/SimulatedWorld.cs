using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Contracts;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Repair.Steps;
using Pipeline.Functions.RepairStep;
using Pipeline.Functions.Sweep;
using Pipeline.Hotpath.Cluster.Simulated;
using Pipeline.Scheduling;
using Pipeline.Simulation.Tests.Core;
using Pipeline.Simulation.Tests.Invariants;
using Pipeline.Simulation.Tests.Life;
using Pipeline.Simulation.Tests.Product;
using Pipeline.TestDoubles.Journal;

namespace Pipeline.Simulation.Tests;

/// <summary>
/// One world from one seed: the product's own parts and a cluster on a virtual clock, in one thread. First things break, then nothing
/// does any more, and in the end everything must be in order.
/// </summary>
internal sealed class SimulatedWorld
{
    public const int Nodes = 8;

    private static readonly FunctionMetrics Metrics = new();

    private readonly ulong _seed;
    private readonly JournalModel _journal = new();
    private readonly Contracts.V1.RepairPolicy _policy;
    private readonly long _start;
    private FaultyLog _queueLog = new();
    private bool _lateNodeIsHere;
    private int _crashesLeft;
    private int _deletesToLose = 12;

    public SimulatedWorld(ulong seed, Sabotage sabotage = Sabotage.None)
    {
        _seed = seed;
        Sabotage = sabotage;
        Chance = new Chance(seed);
        Labels = new Labels(this, seed);
        Chaos = Chaos.Of(Chance);
        _start = Schedule.Now;
        _crashesLeft = Chaos.Crashes;
        _policy = Policies.Of(Chaos);
        if (sabotage == Sabotage.GuardIsOff)
            _policy.MaxRepairingPercent = 100;
        Clock = new VirtualClock(Schedule);
        Trace = new Trace(Schedule);
        Invariants = new WorldInvariants(this);
        Api = new SimulatedRepairApi(this);
        Cluster = new SimulatedCluster(
            new SimulatedClusterOptions
            {
                Nodes = Nodes,
                Seed = seed,
                Speed = Chaos.ClusterSpeed,
                ActionFailurePercent = Chaos.ActionFailurePercent,
                BudgetPercent = Chaos.BudgetPercent,
                FillPercent = Chaos.FillPercent,
            },
            Clock, NullLogger.Instance);
    }

    public Sabotage Sabotage { get; }

    public Chance Chance { get; }

    public Chaos Chaos { get; private set; }

    public Schedule Schedule { get; } = new();

    public VirtualClock Clock { get; }

    public Trace Trace { get; }

    public WorldInvariants Invariants { get; }

    public SimulatedCluster Cluster { get; }

    public CheckpointStore Store { get; } = new();

    public Labels Labels { get; }

    public IRepairApi Api { get; }

    /// <summary>Null while the process is down.</summary>
    public HotpathProcess? Hotpath { get; private set; }

    public EffectPlayer Effects { get; private set; } = null!;

    public WorkloadPlayer Workloads { get; private set; } = null!;

    public QueuePlayer Queue { get; private set; } = null!;

    public bool IsCalm { get; private set; }

    /// <summary>Nobody notices much in a calm world, so it is looked at less often.</summary>
    public long WatchPeriod => IsCalm ? 10_000 : Chaos.WatchPeriod;

    public string NodeName(int index) => $"gpu-{index + 1:D4}";

    /// <summary>The node has not joined yet.</summary>
    public bool IsHidden(string node) => Chaos.LateNode && !_lateNodeIsHere && node == NodeName(Nodes - 1);

    public RepairStepHandler StepHandler(IQueueSender sender)
    {
        var nodes = new GuardedNodes(this);
        return new RepairStepHandler(Api, StepExecutors.Over(nodes, nodes, Clock), sender, Clock, Metrics, NullLogger<RepairStepHandler>.Instance);
    }

    /// <summary>A point at which the process waits, and may die waiting.</summary>
    public void MayDie(string where)
    {
        if (_crashesLeft <= 0 || !Chance.Hits(Chaos.DeathWhileWaiting))
            return;
        Trace.Add("dies", where);
        throw new CrashException();
    }

    /// <summary>
    /// A message that was handled comes again. Each goes on looking after its attempt until that ends, so there must not be too many.
    /// </summary>
    public bool LosesDelete() => _deletesToLose > 0 && Chance.Hits(Chaos.MessageKept) && _deletesToLose-- > 0;

    /// <summary>Lives the whole life of the world.</summary>
    /// <exception cref="InvalidOperationException">An invariant broke; the message tells the seed and the last events.</exception>
    public void Live()
    {
        try
        {
            Break();
            Settle();
            EndInvariants.Check(this);
        }
        catch (Exception broken)
        {
            throw new InvalidOperationException($"Seed {_seed} ({Sabotage}): {broken.Message}\n{Chaos}\n{Trace}", broken);
        }
        finally
        {
            Cluster.Dispose();
        }
    }

    private void Break()
    {
        var alerts = new AlertSource(this);
        new FaultSource(this, alerts).Plan();
        new People(this).Plan();
        Labels.Plan();
        for (var i = 0; i < Chaos.Crashes / 2; i++)
            Schedule.After(Chance.Between(0, Chaos.Span), () => throw new CrashException());
        if (Chaos.LateNode)
            Schedule.After(Chance.Between(0, Chaos.Span), Join);
        Schedule.After(0, Start);
        Run(_start + Chaos.Span);
    }

    private void Settle()
    {
        IsCalm = true;
        Chaos = Chaos.Calmed();
        _crashesLeft = 0;
        Start();
        // Alerts are told again until they are acknowledged, and late ones are still on their way.
        Run(Schedule.Now + 60 * 60_000);
        for (var hours = 0; hours < 30 && !IsQuiet(); hours++)
            Run(Schedule.Now + 60 * 60_000);
        Run(Schedule.Now + 120_000);
    }

    private bool IsQuiet() => Hotpath!.State.Repair is { Live.IsEmpty: true, Unsettled.IsEmpty: true };

    private void Run(long end)
    {
        while (true)
        {
            try
            {
                while (Schedule.Step(end))
                {
                }

                return;
            }
            catch (CrashException)
            {
                Crash();
            }
        }
    }

    private void Join()
    {
        _lateNodeIsHere = true;
        var node = Synchronously.Run(Cluster.ListAsync(default)).Nodes[Nodes - 1];
        Hotpath?.Submit(Pipeline.Hotpath.Cluster.ClusterDiff.UpsertOf(Labels.Of(node)));
    }

    private void Start()
    {
        if (Hotpath is not null)
            return;
        Schedule.Begin();
        var (state, lastTime) = Recover();
        Hotpath = new HotpathProcess(this, state, _journal, lastTime);
        Effects = new EffectPlayer(this);
        Queue = new QueuePlayer(this, _queueLog);
        Workloads = new WorkloadPlayer(this, Hotpath);
        var follower = new ClusterFollower(this, Hotpath, Workloads);
        follower.Start();
        // The product starts only when its policy is in force.
        Hotpath.Submit(new Scheduling.Commands.SetPolicyCommand { Policy = Pipeline.Hotpath.Api.RepairContract.ToEngine(_policy) });
        var sweep = new SweepHandler(Api, NullLogger<SweepHandler>.Instance);
        if (Sabotage != Sabotage.NobodySweeps)
            Schedule.InProcess(Chance.Between(0, Chaos.SweepPeriod), () => Sweep(sweep));
        Schedule.InProcess(Chance.Between(60_000, 10 * 60_000), Checkpoint);
    }

    private (ClusterState State, long LastTime) Recover()
    {
        if (Store.Count == 0 || Sabotage == Sabotage.CommitsLie || Chance.Hits(0.3))
        {
            var whole = ClusterState.Restore([]);
            return (whole, _journal.Replay(whole, 0));
        }

        var (state, sequence) = Store.Load(Chance.Below(Store.Count));
        return (state, _journal.Replay(state, sequence));
    }

    private void Sweep(SweepHandler sweep)
    {
        Schedule.InProcess(NextSweep(), () => Sweep(sweep));
        try
        {
            Synchronously.Run(sweep.HandleAsync(new TimerInfo(null, false), default));
        }
        catch (HotpathUnavailableException)
        {
            // The next one asks again.
        }
    }

    /// <summary>In a calm world only deadlines are worth waking for.</summary>
    private long NextSweep()
    {
        var repair = Hotpath!.State.Repair;
        if (!IsCalm || !repair.Unsettled.IsEmpty)
            return Chaos.SweepPeriod;
        var next = repair.Live.Count == 0 ? 300_000 : repair.Live.Values.Min(run => run.Marking.Settled ? run.Deadline : 0) - Schedule.Now;
        return Math.Clamp(next, Chaos.SweepPeriod, 300_000);
    }

    private void Checkpoint()
    {
        Hotpath!.Commit();
        Store.Write(Hotpath.Snapshot);
        MayDie("after a checkpoint");
        var repair = Hotpath.State.Repair;
        Hotpath.Submit(new Scheduling.Commands.ArchivedCommand { RunsThrough = repair.LastEndOrdinal, AlertsThrough = repair.LastAlertNumber });
        if (!IsCalm)
            Schedule.InProcess(Chance.Between(60_000, 10 * 60_000), Checkpoint);
    }

    private void Crash()
    {
        if (Hotpath is not { } dead)
            return;
        _crashesLeft--;
        Trace.Add("crash", _crashesLeft);
        var (before, last) = (Sabotage == Sabotage.None ? ReplayInvariants.HashOf(dead.State) : 0, _journal.Last);
        _journal.Crash(Chance, Sabotage == Sabotage.CommitsLie);
        if (Sabotage == Sabotage.None && _journal.Last == last)
            ReplayInvariants.Check(before, _journal, Store);
        Store.Crash();
        _queueLog = Queue.Crash(Chance);
        Hotpath = null;
        Schedule.End();
        Schedule.After(Chance.Between(0, 120_000), Start);
    }
}
