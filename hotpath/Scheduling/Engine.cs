using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Explain;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Placement;
using Pipeline.Scheduling.Preemption;
using Pipeline.Scheduling.Queue;
using Pipeline.Scheduling.Repair;
using Pipeline.Scheduling.Reservations;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Scheduling;

/// <summary>
/// Every decision of the product. A step validates a command, decides, changes the state and emits effects. It reads no clock,
/// does no I/O and uses no randomness: the same commands at the same times give the same state, bit for bit.
/// </summary>
public static class Engine
{
    /// <param name="state">Changed in place.</param>
    /// <param name="command">Not kept after the step.</param>
    /// <param name="now">Unix milliseconds; never less than in the step before.</param>
    /// <param name="effects">Receives what the world must do once the command is durable.</param>
    public static Reply Step(ClusterState state, Command command, long now, EffectBuffer effects)
    {
        state.Now = now;
        switch (command.Kind)
        {
            case CommandKind.Place: return Placer.Place(state, (PlaceCommand)command, now, effects);
            case CommandKind.Confirm: return Placer.Confirm(state, (ConfirmCommand)command, now, effects);
            case CommandKind.Release: return Placer.Release(state, (ReleaseCommand)command, now, effects);
            case CommandKind.Bind: return Placer.Bind(state, (BindCommand)command, now, effects);
            case CommandKind.UpsertNode: return Inventory.Upsert(state, (UpsertNodeCommand)command, now, effects);
            case CommandKind.RemoveNode: return Inventory.Remove(state, (RemoveNodeCommand)command, now, effects);
            case CommandKind.PlaceGang: return GangPlacer.Place(state, (PlaceGangCommand)command, now, effects);
            case CommandKind.ReleaseGang: return GangPlacer.Release(state, (ReleaseGangCommand)command);
            case CommandKind.Schedule: return Cycle.Run(state, (ScheduleCommand)command, now, effects);
            case CommandKind.SelectNodes: return Waiting.Select(state, (SelectNodesCommand)command);
            case CommandKind.Reserve: return Booking.Reserve(state, (ReserveCommand)command, now);
            case CommandKind.CancelReservation: return Booking.Cancel(state, (CancelReservationCommand)command);
            case CommandKind.SetSchedulingPolicy: return PolicyCommands.Set(state, (SetSchedulingPolicyCommand)command);
            case CommandKind.SetTopology: return Inventory.SetTopology(state, (SetTopologyCommand)command);
            case CommandKind.SetBudget: return BudgetCommands.Set(state, (SetBudgetCommand)command, now);
            case CommandKind.RemoveBudget: return BudgetCommands.Remove(state, (RemoveBudgetCommand)command, now);
            case CommandKind.ReportCheckpoint: return PolicyCommands.ReportCheckpoint(state, (ReportCheckpointCommand)command, now);
            case CommandKind.ReportUtilization: return PolicyCommands.ReportUtilization(state, (ReportUtilizationCommand)command, now);
            case CommandKind.Explain: return Explainer.Explain(state, (ExplainCommand)command, now);
            case CommandKind.Locate: return Placer.Locate(state, (LocateCommand)command);
            case CommandKind.Survey: return NodeVerdicts.Of(state, (SurveyCommand)command, now);
            case CommandKind.PlanEvictions: return Preempting.Plan(state, (PlanEvictionsCommand)command, now);
            case CommandKind.Sweep: return Sweeper.Sweep(state, now, effects);
            default: return RepairEngine.Step(state, command, now, effects);
        }
    }
}
