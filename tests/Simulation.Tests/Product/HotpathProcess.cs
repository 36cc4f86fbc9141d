using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Snapshots;
using Pipeline.Simulation.Tests.Core;

namespace Pipeline.Simulation.Tests.Product;

/// <summary>
/// The decision loop without its threads: decides, journals what changed, answers durable commands after the commit, and hands effects
/// out after the commit.
/// </summary>
internal sealed class HotpathProcess(SimulatedWorld world, ClusterState state, JournalModel journal, long lastTime)
{
    private readonly EffectBuffer _effects = new();
    private readonly Queue<(long Sequence, Effect Effect)> _pending = new();
    private ClusterSnapshot? _snapshot;
    private long _now = lastTime;
    private bool _commitPlanned;

    public ClusterState State => state;

    public JournalModel Journal => journal;

    public ClusterSnapshot Snapshot => _snapshot ??= state.Publish(journal.Last, _now);

    public Reply Submit(Command command)
    {
        world.MayDie("before a decision");
        var reply = Decide(command);
        if (command.Durable)
        {
            world.MayDie("before a commit");
            Commit();
            world.MayDie("after a commit");
        }
        else
        {
            PlanCommit();
        }

        return reply;
    }

    public void Commit()
    {
        journal.Commit();
        while (_pending.TryPeek(out var next) && next.Sequence <= journal.Acknowledged)
            world.Effects.Post(_pending.Dequeue().Effect);
    }

    /// <summary>Decides without telling the journal: what no product may do.</summary>
    public Reply DecideInMemoryOnly(Command command)
    {
        _effects.Clear();
        _snapshot = null;
        return Engine.Step(state, command, _now = Math.Max(_now, world.Schedule.Now), _effects);
    }

    private Reply Decide(Command command)
    {
        _now = Math.Max(_now, world.Schedule.Now);
        _effects.Clear();
        var before = command is PlaceGangCommand ? Snapshot : null;
        var reply = Step(command);
        if (reply.Changed)
        {
            _snapshot = null;
            journal.Append(command, world.Sabotage == Sabotage.TimesAreJournaledLate ? _now + 1 : _now);
            world.Invariants.AfterStep(this, before, command, reply, _effects);
        }

        for (var i = 0; i < _effects.Count; i++)
            _pending.Enqueue((journal.Last, _effects[i]));
        if (command.Kind is not (CommandKind.Sweep or CommandKind.Place or CommandKind.Schedule) || reply.Changed)
            world.Trace.Add("decided", command.Kind, reply.Outcome, TraceText.Of(command, reply));
        return reply;
    }

    private Reply Step(Command command)
    {
        if (world.Sabotage == Sabotage.NodesForgetTheirRun && command is ReportAlertsCommand)
            state.Repair = state.Repair with { ByNode = state.Repair.ByNode.Clear() };
        return world.Sabotage switch
        {
            Sabotage.PlacementsIgnoreQuarantine when command is PlaceCommand or ScheduleCommand => StepWithoutQuarantine(command),
            Sabotage.GangsIgnoreQuarantine when command is PlaceGangCommand => StepWithoutQuarantine(command),
            _ => Engine.Step(state, command, _now, _effects),
        };
    }

    private Reply StepWithoutQuarantine(Command command)
    {
        var holders = Enumerable.Range(0, state.Nodes.Count).Select(state.Nodes.QuarantinedBy).ToList();
        for (var node = 0; node < holders.Count; node++)
            state.Nodes.SetQuarantine(node, 0);
        var reply = Engine.Step(state, command, _now, _effects);
        for (var node = 0; node < holders.Count; node++)
            state.Nodes.SetQuarantine(node, holders[node]);
        return reply;
    }

    private void PlanCommit()
    {
        if (_commitPlanned || (journal.Acknowledged == journal.Last && _pending.Count == 0))
            return;
        _commitPlanned = true;
        world.Schedule.InProcess(world.Chance.Between(0, 50), () =>
        {
            _commitPlanned = false;
            Commit();
        });
    }
}
