using Pipeline.Contracts;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Grpc.Calls;
using Pipeline.Hotpath.Policy;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Snapshots;
using Trial = Pipeline.Contracts.V1.Trial;
using V1 = Pipeline.Contracts.V1;

namespace Pipeline.Hotpath.Api.Decisions;

/// <summary>Tries commands on a fork of a snapshot. A fork has the size of the model, so calls do it one at a time.</summary>
internal sealed class TrialRuns(TimeProvider time)
{
    /// <summary>Trials of one call: each may take as long as the longest decision.</summary>
    public const int MaxTrials = 1_000;

    private static readonly TimeSpan BusyRetryAfter = TimeSpan.FromSeconds(1);

    private readonly Lock _one = new();

    /// <param name="layers">What goes over a policy that is tried; null: nothing.</param>
    /// <exception cref="RequestRefusedException">There are too many trials.</exception>
    /// <exception cref="HotpathUnavailableException">Another call has its trials run.</exception>
    public WhatIfReply Run(WhatIfRequest request, ClusterSnapshot snapshot, PolicyLayers? layers, CancellationToken cancellation)
    {
        if (request.Trials.Count > MaxTrials)
            throw RequestRefusedException.InvalidArgument("trials", $"{request.Trials.Count} are more than {MaxTrials}");
        if (!_one.TryEnter())
            throw new HotpathUnavailableException("Another call has its trials run.", BusyRetryAfter) { QueueFull = true };
        try
        {
            var fork = new TrialFork(snapshot, Math.Max(snapshot.At, time.GetUtcNow().ToUnixTimeMilliseconds()), policy => layers?.Over(policy, cancellation) ?? policy);
            var reply = new WhatIfReply();
            foreach (var trial in request.Trials)
            {
                cancellation.ThrowIfCancellationRequested();
                reply.Outcomes.Add(fork.Try(trial));
            }

            return reply;
        }
        finally
        {
            _one.Exit();
        }
    }
}

/// <summary>A state that nobody else sees, and what each trial makes of it.</summary>
/// <param name="whole">What would be in force were a policy set.</param>
internal sealed class TrialFork(ClusterSnapshot snapshot, long now, Func<V1.SchedulingPolicy, V1.SchedulingPolicy> whole)
{
    private readonly ClusterState _state = WhatIf.Fork(snapshot);
    private readonly PolicyNamesCache _names = new();
    private readonly EffectBuffer _effects = new();

    public TrialOutcome Try(Trial trial)
    {
        var (outcome, before) = (new TrialOutcome(), Published());
        _effects.Clear();
        try
        {
            Answer(trial, outcome);
        }
        catch (RequestRefusedException refused)
        {
            var end = Failures.Known(refused, Interruption.None)!.Value;
            return new TrialOutcome { Code = (int)end.Status, Message = end.Message };
        }

        for (var i = 0; i < _effects.Count; i++)
        {
            if (_effects[i] is Effect.Placed placed)
                outcome.Placed.Add(new Seat { Workload = placed.Workload, Node = placed.NodeName, GpuMask = placed.Gpus });
            else if (_effects[i] is Effect.Nominated nominated)
                outcome.Nominated.Add(SeatOf(nominated));
            else if (_effects[i] is Effect.Evict evicted)
                outcome.Evicted.Add(VictimOf(before, evicted));
        }

        return outcome;
    }

    private Seat SeatOf(Effect.Nominated nominated)
    {
        var seat = new Seat { Workload = nominated.Workload, Node = nominated.NodeName };
        if (Find(Published(), nominated.NodeName, nominated.Workload) is { } workload)
            seat.GpuMask = workload.GpuMask;
        return seat;
    }

    // In what the effects leave of the state it has gone.
    private Victim VictimOf(ClusterSnapshot before, Effect.Evict evicted)
        => Find(before, evicted.NodeName, evicted.Workload) is { } workload
            ? VictimOf(before, workload, evicted.NodeName)
            : new Victim { Workload = evicted.Workload, Name = evicted.Name, Node = evicted.NodeName };

    private Victim VictimOf(ClusterSnapshot before, WorkloadView workload, string node) => new()
    {
        Workload = workload.Id,
        Name = workload.Name,
        Node = node,
        ImpactGpuSeconds = workload.ImpactOf(before.Policy.Preemption, now),
    };

    private static WorkloadView? Find(ClusterSnapshot snapshot, string nodeName, ulong id)
    {
        if (!snapshot.TryFindNode(nodeName, out var node))
            return null;
        foreach (var workload in snapshot.WorkloadsOf(node))
        {
            if (workload.Id == id)
                return workload;
        }

        return null;
    }

    private void Answer(Trial trial, TrialOutcome outcome)
    {
        switch (trial.CommandCase)
        {
            case Trial.CommandOneofCase.Place:
                var place = new PlaceCommand();
                var published = Published();
                place.Fill(trial.Place, _names.Of(published), published);
                outcome.Place = Step(place).ToPlaceReply(trial.Place, published);
                break;
            case Trial.CommandOneofCase.PlaceGang:
                outcome.PlaceGang = Step(trial.PlaceGang.ToEngine(Names())).ToGangReply();
                break;
            case Trial.CommandOneofCase.Release:
                outcome.Release = Step(new ReleaseCommand { Workload = trial.Release.Workload }).ToReleaseReply();
                break;
            case Trial.CommandOneofCase.ReleaseGang:
                outcome.ReleaseGang = Step(new ReleaseGangCommand { Gang = trial.ReleaseGang.Gang }).ToReleaseGangReply();
                break;
            case Trial.CommandOneofCase.Schedule:
                outcome.Schedule = Step(trial.Schedule.ToEngine()).ToScheduleReply();
                break;
            case Trial.CommandOneofCase.Reserve:
                outcome.Reserve = Step(trial.Reserve.ToEngine(Names())).ToReserveReply(Published());
                break;
            case Trial.CommandOneofCase.CancelReservation:
                Step(new CancelReservationCommand { Id = trial.CancelReservation.Reservation }).ToCancelReply();
                break;
            case Trial.CommandOneofCase.SetPolicy:
                if (trial.SetPolicy.Policy is null)
                    throw RequestRefusedException.InvalidArgument("policy", "must be present");
                Refusals.ThrowIfRefused(Step(new SetSchedulingPolicyCommand { Policy = whole(trial.SetPolicy.Policy).ToEngine() }), FieldNames.Policy);
                break;
            case Trial.CommandOneofCase.RemoveNode:
                Remove(trial.RemoveNode.Node, outcome);
                break;
            default:
                throw RequestRefusedException.InvalidArgument("command", "must be one that can be tried");
        }
    }

    // The workloads go with their node, without an effect: in the cluster they are gone already.
    private void Remove(string name, TrialOutcome outcome)
    {
        var before = Published();
        if (!before.TryFindNode(name, out var node))
            throw RequestRefusedException.NotFound("node", $"there is no node {Refusals.Quote(name)}");
        foreach (var workload in before.WorkloadsOf(node))
            outcome.Evicted.Add(VictimOf(before, workload, name));
        Step(new RemoveNodeCommand { Name = name });
    }

    private PolicyNames Names() => _names.Of(Published());

    private ClusterSnapshot Published() => _state.Publish(snapshot.Sequence, now);

    private Reply Step(Command command) => Engine.Step(_state, command, now, _effects);
}
