using V1 = Pipeline.Contracts.V1;

namespace Pipeline.Hotpath.Api;

/// <summary>The engine's enums and the contract's have the same numbers; a test holds them together.</summary>
internal static class ContractEnums
{
    public static V1.StepKind ToContract(this Scheduling.Repair.StepKind step) => (V1.StepKind)(int)step;

    public static Scheduling.Repair.StepKind ToEngine(this V1.StepKind step) => (Scheduling.Repair.StepKind)(int)step;

    public static V1.RunState ToContract(this Scheduling.Repair.RunState state) => (V1.RunState)(int)state;

    public static Scheduling.Repair.StepOutcome ToEngine(this V1.StepOutcome outcome) => (Scheduling.Repair.StepOutcome)(int)outcome;

    public static V1.AlertOutcome ToContract(this Scheduling.Repair.AlertOutcome outcome) => (V1.AlertOutcome)(int)outcome;

    public static Scheduling.Repair.AlertStatus ToEngine(this V1.AlertStatus status) => (Scheduling.Repair.AlertStatus)(int)status;

    public static V1.AlertStatus ToContract(this Scheduling.Repair.AlertStatus status) => (V1.AlertStatus)(int)status;

    public static V1.NodeHealth ToContract(this Scheduling.Model.NodeHealth health) => (V1.NodeHealth)(int)health;
}
