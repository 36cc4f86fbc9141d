using Pipeline.Contracts.V1;
using Pipeline.Functions.Repair.Playbooks;

namespace Pipeline.Functions.Tests.Repair.Support;

internal static class ShippedPlaybooks
{
    public static PlaybookSet Set { get; } = PlaybookLoader.Load(PlaybookOptions.Shipped, Repeatable);

    public static bool Repeatable(StepKind step) => step is not (StepKind.Reboot or StepKind.PowerCycle);
}
