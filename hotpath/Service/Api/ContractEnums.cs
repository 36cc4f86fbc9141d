using Pipeline.Contracts;
using V1 = Pipeline.Contracts.V1;

namespace Pipeline.Hotpath.Api;

/// <summary>
/// The engine's enums and the contract's have the same numbers; a test holds them together. A number that the engine does not know is
/// refused: cast to a byte, it could become one that it does know.
/// </summary>
internal static class ContractEnums
{
    public static V1.StepKind ToContract(this Scheduling.Repair.StepKind step) => (V1.StepKind)(int)step;

    /// <exception cref="InvalidRequestException">The engine has no such step.</exception>
    public static Scheduling.Repair.StepKind ToEngine(this V1.StepKind step, string field) => Known((Scheduling.Repair.StepKind)(byte)(int)step, (int)step, field);

    public static V1.RunState ToContract(this Scheduling.Repair.RunState state) => (V1.RunState)(int)state;

    /// <exception cref="InvalidRequestException">Not given, or the engine has no such outcome.</exception>
    public static Scheduling.Repair.StepOutcome ToEngine(this V1.StepOutcome outcome, string field) => Known((Scheduling.Repair.StepOutcome)(byte)(int)outcome, (int)outcome, field);

    public static V1.AlertOutcome ToContract(this Scheduling.Repair.AlertOutcome outcome) => (V1.AlertOutcome)(int)outcome;

    /// <exception cref="InvalidRequestException">Not given, or the engine has no such status.</exception>
    public static Scheduling.Repair.AlertStatus ToEngine(this V1.AlertStatus status, string field) => Known((Scheduling.Repair.AlertStatus)(byte)(int)status, (int)status, field);

    public static V1.AlertStatus ToContract(this Scheduling.Repair.AlertStatus status) => (V1.AlertStatus)(int)status;

    /// <exception cref="InvalidRequestException">Not given, or the engine has no such kind.</exception>
    public static Scheduling.Repair.AlertKind ToEngine(this V1.AlertKind kind, string field) => Known((Scheduling.Repair.AlertKind)(byte)(int)kind, (int)kind, field);

    public static V1.AlertKind ToContract(this Scheduling.Repair.AlertKind kind) => (V1.AlertKind)(int)kind;

    public static V1.NodeHealth ToContract(this Scheduling.Model.NodeHealth health) => (V1.NodeHealth)(int)health;

    private static T Known<T>(T value, int number, string field)
        where T : struct, Enum
        => number is >= 0 and <= byte.MaxValue && Enum.IsDefined(value)
            ? value
            : throw new InvalidRequestException($"{field}: {number} is no {typeof(T).Name}");
}
