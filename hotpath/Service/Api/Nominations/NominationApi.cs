using Pipeline.Contracts;
using Pipeline.Contracts.Cluster;
using Pipeline.Contracts.Remote;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Api.Decisions;
using Pipeline.Hotpath.Cluster;
using Pipeline.Hotpath.Cluster.Pending;
using Pipeline.Hotpath.Loop;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Gangs;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Preemption;
using Pipeline.Scheduling.Queue;

namespace Pipeline.Hotpath.Api.Nominations;

/// <summary>
/// Gives places to workloads that another scheduler binds. A workload that starts alone is placed by the rule for all; members of a gang
/// get the places of one plan, made when the first of them is asked for.
/// </summary>
/// <param name="listed">The cluster has been listed: before that the model has room that is taken.</param>
internal sealed class NominationApi(EngineLoop loop, PendingBook book, WorkloadBinds binds, ICluster cluster, Func<bool> listed) : INominations
{
    /// <summary>Who asks, for the audit.</summary>
    private const string Actor = "nomination";

    // Each but the first because nodes came or went between the reading of the names and the decision.
    private const int MostAttempts = 4;

    // Nobody waits under the id, so it need only be one.
    private const ulong AnyNode = 1;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    public async Task<NominateReply> NominateAsync(NominateRequest request, CancellationToken cancellation = default)
    {
        var workload = WorkloadOf(request.Workload);
        for (var attempt = 0; attempt < MostAttempts; attempt++)
        {
            var nodes = new NamedNodes(request.Nodes.Memory, loop.Snapshot);
            var reply = workload.Labels.Gang is null
                ? await NominateAloneAsync(workload, nodes).ConfigureAwait(false)
                : await NominateMemberAsync(workload, nodes).ConfigureAwait(false);
            if (reply is null)
                continue;
            reply.UnknownNodes = nodes.Unknown;
            return reply;
        }

        throw new HotpathUnavailableException("The cluster's nodes changed while a place was looked for.", RetryAfter);
    }

    public async Task<PlanEvictionsReply> PlanEvictionsAsync(PlanEvictionsRequest request, CancellationToken cancellation = default)
    {
        var workload = WorkloadOf(request.Workload);
        var nodes = new NamedNodes(request.Nodes.Memory, loop.Snapshot);
        // Who asks evicts for each pod in its turn, and nothing holds it to the turns of a gang's other members: the first would make room for a gang that never fits.
        if (workload.Labels.Gang is not null || WorkloadCommands.ProblemOf(nodes.Snapshot, workload).Length > 0)
            return new PlanEvictionsReply();
        var place = WorkloadCommands.PlaceOf(nodes.Snapshot, workload);
        var reply = await loop.ExecuteAsync(new PlanEvictionsCommand
        {
            Shape = WorkloadCommands.ShapeOf(nodes.Snapshot, workload),
            Traits = place.Traits,
            Candidates = nodes.Set,
        }).ConfigureAwait(false);
        Refusals.ThrowIfRefused(reply, FieldNames.Plain);
        if (reply.Detail is not Nomination nomination || !Knows(nodes, reply))
            return new PlanEvictionsReply();
        var victims = nomination.Evictions.Victims.Select(victim => new PlannedVictim
        {
            Workload = victim.Id,
            Name = victim.Name,
            Node = victim.Node,
            Uid = cluster.UidOf(victim.Id) ?? "",
        });
        return new PlanEvictionsReply { Node = nomination.Node, Victims = { victims } };
    }

    public async Task<BindReply> BindAsync(BindRequest request, CancellationToken cancellation = default)
    {
        ThrowIfNotListed();
        var located = await loop.ExecuteAsync(new LocateCommand { Workload = request.Workload }).ConfigureAwait(false);
        if (located.Detail is not WorkloadPlace place)
            return await BindUnplacedAsync(request, cancellation).ConfigureAwait(false);
        if (place.Node != request.Node)
            throw RequestRefusedException.FailedPrecondition("node", $"the workload was given {place.Node}");
        if (place is { Assumed: true, Nominated: true })
            throw RequestRefusedException.FailedPrecondition("node", "others have yet to leave it");
        // One that counts as bound while the cluster lists it as pending was told without an answer, and is told again. Who asks may lose patience:
        // the bind goes on, and what comes of it is noted.
        if ((place.Assumed || book.Pending(request.Workload) is not null)
            && !await binds.BindForeignAsync(new WorkloadBinding(request.Workload, request.Node, located.GpuMask)).WaitAsync(cancellation).ConfigureAwait(false))
        {
            throw NotTaken();
        }

        return new BindReply { GpuMask = located.GpuMask };
    }

    /// <summary>What asks for no GPU may be bound by whoever chose its node; the model learns of it from the cluster.</summary>
    private async Task<BindReply> BindUnplacedAsync(BindRequest request, CancellationToken cancellation)
    {
        if (book.Pending(request.Workload) is { GpuCount: > 0 })
            throw RequestRefusedException.FailedPrecondition("workload", "it has no place any more; ask for one again");
        if (!await cluster.BindAsync(new WorkloadBinding(request.Workload, request.Node, 0), cancellation).ConfigureAwait(false))
            throw NotTaken();
        return new BindReply();
    }

    private static RequestRefusedException NotTaken()
        => RequestRefusedException.FailedPrecondition("workload", "the cluster does not take the binding: it has gone, or is bound, or its place has run out");

    private async Task<NominateReply?> NominateAloneAsync(ClusterWorkload workload, NamedNodes nodes)
    {
        if (WorkloadCommands.ProblemOf(nodes.Snapshot, workload) is { Length: > 0 } problem)
            return Verdicts.All(nodes, NodeVerdict.Refused, problem);
        var command = WorkloadCommands.PlaceOf(nodes.Snapshot, workload);
        (command.Wait, command.Actor, command.Candidates, command.Selection) = (false, Actor, nodes.Set, null);
        var reply = await loop.ExecuteAsync(command).ConfigureAwait(false);
        if (reply.Node >= 0)
            return Chosen(nodes, reply.Node, reply.NodeName!, reply.GpuMask, reply.Detail is Nomination);
        if (reply.Outcome is Outcome.NoFit or Outcome.OverQuota)
            return await SurveyAsync(command, WorkloadCommands.ShapeOf(nodes.Snapshot, workload), nodes).ConfigureAwait(false);
        var located = await loop.ExecuteAsync(new LocateCommand { Workload = workload.Id }).ConfigureAwait(false);
        if (reply.Outcome != Outcome.AlreadyExists || located.Detail is not WorkloadPlace { Assumed: true })
            return Verdicts.All(nodes, NodeVerdict.Refused, reply.Detail as string ?? "it waits in the queue");
        // What the engine has under the id is from before the policy named its project.
        await loop.ExecuteAsync(new ReleaseCommand { Workload = workload.Id }).ConfigureAwait(false);
        return null;
    }

    private async Task<NominateReply?> NominateMemberAsync(ClusterWorkload workload, NamedNodes nodes)
    {
        var located = await loop.ExecuteAsync(new LocateCommand { Workload = workload.Id }).ConfigureAwait(false);
        if (located.Detail is WorkloadPlace place)
            return Chosen(nodes, located.Node, place.Node, located.GpuMask, place is { Assumed: true, Nominated: true });
        var question = book.AskForMember(workload, nodes.Snapshot);
        if (question.Command is not { } command)
            return Verdicts.All(nodes, NodeVerdict.GangIncomplete, question.Problem);
        var reply = await loop.ExecuteAsync(PlaceOf(command, question.Role, nodes.Set)).ConfigureAwait(false);
        if (reply.Detail is GangPlacement placement)
        {
            foreach (var seat in placement.Seats)
            {
                if (seat.Workload == workload.Id)
                    return Chosen(nodes, seat.NodeIndex, seat.Node, seat.Gpus, placement.Nominated);
            }
        }
        else if (reply.Outcome is not (Outcome.NoFit or Outcome.OverQuota))
        {
            return Verdicts.All(nodes, NodeVerdict.Refused, reply.Detail as string ?? "it waits in the queue");
        }

        var alone = WorkloadCommands.PlaceOf(nodes.Snapshot, workload);
        return await SurveyAsync(alone, command.Gang.Roles[question.Role].Shape, nodes).ConfigureAwait(false);
    }

    /// <param name="asked">The role that was asked for: its scheduler says which nodes will do. For the others their own selectors do.</param>
    private static PlaceGangCommand PlaceOf(PlaceGangCommand command, int asked, NodeSet nodes)
    {
        var selections = command.RoleSelections;
        return new PlaceGangCommand
        {
            Gang = command.Gang,
            Actor = Actor,
            Candidates = selections.IsEmpty ? new RoleCandidates(asked, nodes) : null,
            RoleSelections = selections.IsEmpty ? [] : selections.SetItem(asked, new NodeSelection(selections[asked]?.Id ?? AnyNode, nodes)),
        };
    }

    private async Task<NominateReply> SurveyAsync(PlaceCommand place, Scheduling.Model.Shape shape, NamedNodes nodes)
    {
        var reply = await loop.ExecuteAsync(new SurveyCommand { Shape = shape, Traits = place.Traits, Candidates = nodes.Set }).ConfigureAwait(false);
        Refusals.ThrowIfRefused(reply, FieldNames.Plain);
        return Verdicts.Of(nodes, (Scheduling.Explain.NodeVerdicts)reply.Detail!);
    }

    /// <summary>Null: the index stands for another node than the one that was named.</summary>
    private static NominateReply? Chosen(NamedNodes nodes, int index, string name, uint gpus, bool nominated)
        => !IsStill(nodes, index, name) ? null
        // The node would turn it away, since those who must go still use its GPUs.
        : nominated ? Verdicts.All(nodes, NodeVerdict.PlannedElsewhere, $"others have yet to leave {name}")
        : nodes.Set.Contains(index) ? new NominateReply { Node = name, GpuMask = gpus }
        : Verdicts.All(nodes, NodeVerdict.PlannedElsewhere, $"it is planned on {name}");

    private static bool Knows(NamedNodes nodes, in Reply reply) => IsStill(nodes, reply.Node, reply.NodeName!);

    private static bool IsStill(NamedNodes nodes, int index, string name) => nodes.Snapshot.TryGetNode(index, out var node) && node.Name == name;

    private ClusterWorkload WorkloadOf(WorkloadDescription? message)
    {
        ThrowIfNotListed();
        if (message is null)
            throw RequestRefusedException.InvalidArgument("workload", "must be present");
        Text.Require(message.Name, "workload.name");
        if (message.GpuMilli == 0)
            message.GpuMilli = Scheduling.Model.NodeTable.WholeGpu;
        var workload = message.ToWorkload();
        // Some of its labels name other objects of the cluster, which whoever asks does not follow: its reservation, its disruption budget, its gang's
        // minimum. Nor its nodes, by which a product is a machine group or not.
        return book.Pending(workload.Id) is { } listed ? workload with { Labels = listed.Labels, Group = listed.Group } : workload;
    }

    private void ThrowIfNotListed()
    {
        if (!listed())
            throw new HotpathUnavailableException("The cluster has not been listed yet.", RetryAfter);
    }
}
