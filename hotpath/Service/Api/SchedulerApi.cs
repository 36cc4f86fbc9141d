using Pipeline.Contracts;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Loop;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;

namespace Pipeline.Hotpath.Api;

/// <summary>Decisions, through the loop.</summary>
internal sealed class SchedulerApi(EngineLoop loop) : ISchedulerApi
{
    public async Task<PlaceReply> PlaceAsync(PlaceRequest request, CancellationToken cancellation = default)
    {
        var group = request.Group.Length == 0 ? -1 : loop.Snapshot.Groups.IndexOf(request.Group);
        if (request.Group.Length > 0 && group < 0)
            return new PlaceReply { Outcome = PlaceOutcome.UnknownGroup, Detail = $"group: there is no machine group '{request.Group}'" };
        var reply = await loop.ExecuteAsync(new PlaceCommand
        {
            Workload = request.Workload,
            Name = request.Name,
            GpuCount = request.GpuCount,
            GpuMilli = request.GpuMilli,
            CpuMilli = request.CpuMilli,
            MemoryMib = request.MemoryMib,
            Groups = GroupSet.OneOrAny(group),
        }).ConfigureAwait(false);
        return reply.Outcome switch
        {
            Outcome.Done => Placed(PlaceOutcome.Placed, reply),
            Outcome.Unchanged => Placed(PlaceOutcome.AlreadyPlaced, reply),
            Outcome.NoFit => new PlaceReply { Outcome = PlaceOutcome.NoFit },
            _ => new PlaceReply { Outcome = PlaceOutcome.Invalid, Detail = reply.Detail as string ?? "" },
        };
    }

    public async Task<ConfirmReply> ConfirmAsync(ConfirmRequest request, CancellationToken cancellation = default)
    {
        var reply = await loop.ExecuteAsync(new ConfirmCommand { Workload = request.Workload }).ConfigureAwait(false);
        return new ConfirmReply { Confirmed = reply.Outcome is Outcome.Done or Outcome.Unchanged };
    }

    public async Task<ReleaseReply> ReleaseAsync(ReleaseRequest request, CancellationToken cancellation = default)
    {
        var reply = await loop.ExecuteAsync(new ReleaseCommand { Workload = request.Workload }).ConfigureAwait(false);
        return new ReleaseReply { Released = reply.Outcome == Outcome.Done };
    }

    private static PlaceReply Placed(PlaceOutcome outcome, in Reply reply)
        => new() { Outcome = outcome, Node = (string)reply.Detail!, GpuMask = reply.GpuMask };
}
