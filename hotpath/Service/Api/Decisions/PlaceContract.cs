using Google.Protobuf.Collections;
using Pipeline.Contracts;
using Pipeline.Contracts.V1;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Preemption;
using Pipeline.Scheduling.Snapshots;
using Victim = Pipeline.Contracts.V1.Victim;

namespace Pipeline.Hotpath.Api.Decisions;

/// <summary>Placements of single workloads.</summary>
internal static class PlaceContract
{
    /// <summary>Says everything anew, so that one command can serve many requests.</summary>
    /// <exception cref="RequestRefusedException">A name stands for nothing, or the request contradicts itself.</exception>
    public static void Fill(this PlaceCommand command, PlaceRequest request, PolicyNames names, ClusterSnapshot snapshot)
    {
        Text.Require(request.Name, "name");
        Text.Require(request.Actor, "actor");
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
        command.Candidates = request.Nodes.Count == 0 ? null : CandidatesOf(request.Nodes, snapshot);
    }

    /// <param name="reply">What the engine answered.</param>
    /// <param name="request">The request.</param>
    /// <param name="snapshot">In which the request's nodes were looked up.</param>
    /// <exception cref="RequestRefusedException">The engine has refused the command.</exception>
    /// <exception cref="HotpathUnavailableException">A node that was named has left, and another has its place in the model.</exception>
    public static PlaceReply ToPlaceReply(this in Reply reply, PlaceRequest request, ClusterSnapshot snapshot)
    {
        var answer = reply.ToPlaceReply();
        if (request.Nodes.Count == 0)
            return answer;
        if (answer.Outcome == PlaceOutcome.Placed && !request.Nodes.Contains(answer.Node))
            throw new HotpathUnavailableException("The cluster's nodes changed while a place was looked for; ask again.", TimeSpan.Zero);
        foreach (var name in request.Nodes)
            answer.UnknownNodes += snapshot.TryFindNode(name, out int _) ? 0 : 1;
        return answer;
    }

    public static void Add(this RepeatedField<Victim> victims, Evictions evictions)
    {
        foreach (var victim in evictions.Victims)
            victims.Add(new Victim { Workload = victim.Id, Name = victim.Name, Node = victim.Node, ImpactGpuSeconds = victim.Impact });
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

    public static ScheduleCommand ToEngine(this ScheduleRequest request)
    {
        var command = new ScheduleCommand();
        if (request.MaxPlacements != 0)
            command.MaxPlacements = request.MaxPlacements;
        return command;
    }

    /// <exception cref="RequestRefusedException">The engine has refused the command.</exception>
    public static ScheduleReply ToScheduleReply(this in Reply reply)
    {
        Refusals.ThrowIfRefused(reply, FieldNames.Plain);
        return new ScheduleReply { Placed = ((CycleResult)reply.Detail!).Placed };
    }

    public static ConfirmReply ToConfirmReply(this in Reply reply) => new() { Confirmed = reply.Outcome is Outcome.Done or Outcome.Unchanged };

    public static ReleaseReply ToReleaseReply(this in Reply reply) => new() { Released = reply.Outcome == Outcome.Done };

    /// <summary>The nodes of these names; a name that is no node's is left out.</summary>
    public static NodeSet CandidatesOf(IEnumerable<string> names, ClusterSnapshot snapshot)
    {
        var candidates = new NodeSet();
        foreach (var name in names)
        {
            if (snapshot.TryFindNode(name, out int index))
                candidates.Add(index);
        }

        return candidates;
    }

    private static PlaceReply ToPlaceReply(this in Reply reply)
    {
        var outcome = OutcomeOf(reply);
        if (reply.Node < 0)
            return new PlaceReply { Outcome = outcome, Detail = reply.Detail as string ?? "" };
        var answer = new PlaceReply { Outcome = outcome, Node = reply.NodeName, GpuMask = reply.GpuMask };
        if (reply.Detail is Nomination nomination)
        {
            answer.Nominated = true;
            answer.Victims.Add(nomination.Evictions);
        }
        return answer;
    }
}
