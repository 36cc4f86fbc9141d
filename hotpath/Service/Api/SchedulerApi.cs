using Pipeline.Contracts;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Api.Decisions;
using Pipeline.Hotpath.Loop;
using Pipeline.Hotpath.Policy;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Hotpath.Api;

/// <summary>Decisions, through the loop.</summary>
/// <param name="wakeQueue">Asks for a pass through the queue.</param>
internal sealed class SchedulerApi(EngineLoop loop, TimeProvider time, Action? wakeQueue = null) : ISchedulerApi
{
    // Of a placement that this thread has done with, for its next one: the command would be a third of what a call allocates.
    [ThreadStatic]
    private static PlaceCommand? _spare;

    private readonly PolicyNamesCache _names = new();
    private readonly TrialRuns _trials = new(time);

    public Explanations Explanations { get; } = new(loop, time);

    /// <summary>Null: nothing but the callers says what the policy is.</summary>
    public PolicyLayers? Layers { get; init; }

    public Task<PlaceReply> PlaceAsync(PlaceRequest request, CancellationToken cancellation = default) => PlaceAsync(request, request.MayPreempt);

    public Task<PlaceReply> PreemptAsync(PlaceRequest request, CancellationToken cancellation = default) => PlaceAsync(request, mayPreempt: true);

    public async Task<PlaceGangReply> PlaceGangAsync(PlaceGangRequest request, CancellationToken cancellation = default)
        => (await ExecuteAsync(request.ToEngine(_names.Of(loop.Names))).ConfigureAwait(false)).ToGangReply();

    public async Task<ConfirmReply> ConfirmAsync(ConfirmRequest request, CancellationToken cancellation = default)
        => (await ExecuteAsync(new ConfirmCommand { Workload = request.Workload }).ConfigureAwait(false)).ToConfirmReply();

    public async Task<ReleaseReply> ReleaseAsync(ReleaseRequest request, CancellationToken cancellation = default)
        => (await ExecuteAsync(new ReleaseCommand { Workload = request.Workload }).ConfigureAwait(false)).ToReleaseReply();

    public async Task<ReleaseGangReply> ReleaseGangAsync(ReleaseGangRequest request, CancellationToken cancellation = default)
        => (await ExecuteAsync(new ReleaseGangCommand { Gang = request.Gang }).ConfigureAwait(false)).ToReleaseGangReply();

    public async Task<ScheduleReply> ScheduleAsync(ScheduleRequest request, CancellationToken cancellation = default)
        => (await ExecuteAsync(request.ToEngine()).ConfigureAwait(false)).ToScheduleReply();

    public async Task<ReserveReply> ReserveAsync(ReserveRequest request, CancellationToken cancellation = default)
        => (await ExecuteAsync(request.ToEngine(_names.Of(loop.Snapshot))).ConfigureAwait(false)).ToReserveReply(loop.Snapshot);

    public async Task<CancelReservationReply> CancelReservationAsync(CancelReservationRequest request, CancellationToken cancellation = default)
    {
        Text.Require(request.Actor, "actor");
        return (await ExecuteAsync(new CancelReservationCommand { Id = request.Reservation, Actor = request.Actor }).ConfigureAwait(false)).ToCancelReply();
    }

    public Task<ListReservationsReply> ListReservationsAsync(ListReservationsRequest request, CancellationToken cancellation = default)
        => Task.FromResult(ReservationContract.List(request, loop.Snapshot));

    public async Task<Explanation> ExplainAsync(ExplainRequest request, CancellationToken cancellation = default)
    {
        var snapshot = loop.Snapshot;
        var (workload, gang) = request.WhatCase == ExplainRequest.WhatOneofCase.Name
            ? NamedJob.Find(snapshot, request.Name) : (request.Workload, request.Gang);
        var (reply, start) = await Explanations.WithStartAsync(snapshot, workload, gang, cancellation).ConfigureAwait(false);
        Refusals.ThrowIfRefused(reply, FieldNames.Plain);
        var message = ((Scheduling.Explain.Explanation)reply.Detail!).ToContract();
        if (start is { } estimate)
            (message.EarliestStartMs, message.EarliestStartReason) = (estimate.Known ? estimate.At : 0, estimate.Reason);
        return message;
    }

    public Task<WhatIfReply> WhatIfAsync(WhatIfRequest request, CancellationToken cancellation = default)
        => Task.Run(() => _trials.Run(request, loop.Snapshot, Layers, cancellation), cancellation);

    public async Task<SetSchedulingPolicyReply> SetSchedulingPolicyAsync(SetSchedulingPolicyRequest request, CancellationToken cancellation = default) => new()
    {
        Changed = await (Layers?.SetUnderneathAsync(request.Policy, cancellation) ?? PutInForceAsync(request.Policy)).ConfigureAwait(false),
    };

    /// <summary>The policy as it is, whatever else is declared.</summary>
    /// <returns>False: it was in force already.</returns>
    /// <exception cref="RequestRefusedException">Something is wrong with it.</exception>
    public async Task<bool> PutInForceAsync(SchedulingPolicy? policy)
        => (await AskAsync(new SetSchedulingPolicyCommand { Policy = policy.ToEngine() }, FieldNames.Policy).ConfigureAwait(false)).Outcome == Outcome.Done;

    public Task<GetSchedulingPolicyReply> GetSchedulingPolicyAsync(GetSchedulingPolicyRequest request, CancellationToken cancellation = default)
        => Task.FromResult(new GetSchedulingPolicyReply { Policy = loop.Snapshot.Policy.ToContract() });

    public async Task<SetTopologyReply> SetTopologyAsync(SetTopologyRequest request, CancellationToken cancellation = default)
    {
        var reply = await AskAsync(request.ToEngine(), FieldNames.Topology).ConfigureAwait(false);
        return new SetTopologyReply { Changed = reply.Outcome == Outcome.Done };
    }

    public async Task<ReportCheckpointReply> ReportCheckpointAsync(ReportCheckpointRequest request, CancellationToken cancellation = default)
    {
        var reply = await ExecuteAsync(new ReportCheckpointCommand { Workload = request.Workload, AgeSeconds = request.AgeSeconds }).ConfigureAwait(false);
        if (reply.Outcome == Outcome.NotFound)
            return new ReportCheckpointReply();
        Refusals.ThrowIfRefused(reply, FieldNames.Plain);
        return new ReportCheckpointReply { Known = true };
    }

    public async Task<ReportUtilizationReply> ReportUtilizationAsync(ReportUtilizationRequest request, CancellationToken cancellation = default)
    {
        await AskAsync(new ReportUtilizationCommand
        {
            Project = _names.Of(loop.Snapshot).ProjectOf(request.Project, "project"),
            GpuSeconds = request.GpuSeconds,
            BusySeconds = request.BusySeconds,
        }, FieldNames.Plain).ConfigureAwait(false);
        return new ReportUtilizationReply();
    }

    public async Task<SetBudgetReply> SetBudgetAsync(SetBudgetRequest request, CancellationToken cancellation = default)
    {
        Text.Require(request.Name, "name");
        await AskAsync(new SetBudgetCommand { Name = request.Name, Allowed = request.Allowed }, FieldNames.Plain).ConfigureAwait(false);
        return new SetBudgetReply();
    }

    // Mostly it is decided at once, on this thread.
    private Task<PlaceReply> PlaceAsync(PlaceRequest request, bool mayPreempt)
    {
        try
        {
            var (command, snapshot) = (_spare ?? new PlaceCommand(), loop.Names);
            _spare = null;
            command.Fill(request, _names.Of(snapshot), snapshot);
            command.MayPreempt = mayPreempt;
            var decision = loop.ExecuteAsync(command);
            if (!decision.IsCompletedSuccessfully)
                return PlacedAsync(decision, request, snapshot);
            _spare = command;
            return Task.FromResult(Answer(decision.Result, request, snapshot));
        }
        catch (Exception exception)
        {
            return Task.FromException<PlaceReply>(exception);
        }
    }

    private async Task<PlaceReply> PlacedAsync(ValueTask<Reply> decision, PlaceRequest request, ClusterSnapshot snapshot)
        => Answer(await decision.ConfigureAwait(false), request, snapshot);

    private PlaceReply Answer(in Reply reply, PlaceRequest request, ClusterSnapshot snapshot)
    {
        WakeQueueAfter(CommandKind.Place, reply);
        return reply.ToPlaceReply(request, snapshot);
    }

    private async ValueTask<Reply> ExecuteAsync(Command command)
    {
        var reply = await loop.ExecuteAsync(command).ConfigureAwait(false);
        WakeQueueAfter(command.Kind, reply);
        return reply;
    }

    private void WakeQueueAfter(CommandKind kind, in Reply reply)
    {
        if (QueueWakes.IsDue(kind, reply))
            wakeQueue?.Invoke();
    }

    /// <exception cref="RequestRefusedException">The engine has refused the command.</exception>
    private async ValueTask<Reply> AskAsync(Command command, FieldNames fields)
    {
        var reply = await ExecuteAsync(command).ConfigureAwait(false);
        Refusals.ThrowIfRefused(reply, fields);
        return reply;
    }
}
