using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;

namespace Pipeline.Hotpath.Api.Decisions;

/// <summary>Which decisions ask for a pass through the queue.</summary>
internal static class QueueWakes
{
    /// <summary>Somebody has come to wait, or something has changed that may let somebody start who waits.</summary>
    public static bool IsDue(CommandKind kind, in Reply reply) => reply.Outcome == Outcome.Queued || (reply.Changed && kind
        is CommandKind.Release or CommandKind.ReleaseGang or CommandKind.CancelReservation
        or CommandKind.SetSchedulingPolicy or CommandKind.SetTopology or CommandKind.SetBudget);
}
