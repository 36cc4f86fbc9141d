using Pipeline.Contracts;
using Pipeline.Contracts.V1;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;

namespace Pipeline.Hotpath.Api.Decisions;

/// <summary>Placements of single workloads.</summary>
internal static class PlaceContract
{
    /// <summary>Says everything anew, so that one command can serve many requests.</summary>
    /// <exception cref="RequestRefusedException">A name stands for nothing, or the request contradicts itself.</exception>
    public static void Fill(this PlaceCommand command, PlaceRequest request, PolicyNames names)
    {
        var shape = request.Shape.ToEngine(names, "shape");
        command.Workload = request.Workload;
        command.Name = request.Name;
        command.GpuCount = shape.GpuCount;
        command.GpuMilli = shape.GpuMilli;
        command.CpuMilli = shape.CpuMilli;
        command.MemoryMib = shape.MemoryMib;
        command.Groups = shape.Groups;
        command.Traits = request.Traits.ToEngine(names);
        command.Wait = request.Wait;
        command.MayPreempt = request.MayPreempt;
        command.Actor = request.Actor;
    }

    /// <exception cref="RequestRefusedException">The engine has refused the command.</exception>
    public static PlaceReply ToPlaceReply(this in Reply reply)
    {
        var outcome = OutcomeOf(reply);
        return reply.Node >= 0
            ? new PlaceReply { Outcome = outcome, Node = (string)reply.Detail!, GpuMask = reply.GpuMask }
            : new PlaceReply { Outcome = outcome, Detail = reply.Detail as string ?? "" };
    }

    /// <exception cref="RequestRefusedException">The engine has refused the command.</exception>
    public static PlaceOutcome OutcomeOf(in Reply reply) => reply.Outcome switch
    {
        Outcome.Done => PlaceOutcome.Placed,
        Outcome.Unchanged => PlaceOutcome.AlreadyPlaced,
        Outcome.NoFit => PlaceOutcome.NoFit,
        Outcome.OverQuota => PlaceOutcome.OverQuota,
        Outcome.Queued => PlaceOutcome.Queued,
        _ => throw Refusals.Of(reply, FieldNames.Placement),
    };

    public static ConfirmReply ToConfirmReply(this in Reply reply) => new() { Confirmed = reply.Outcome is Outcome.Done or Outcome.Unchanged };

    public static ReleaseReply ToReleaseReply(this in Reply reply) => new() { Released = reply.Outcome == Outcome.Done };
}
