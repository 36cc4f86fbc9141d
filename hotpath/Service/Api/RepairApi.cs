using Pipeline.Contracts;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Loop;
using Pipeline.Journal;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Engine = Pipeline.Scheduling.Repair;

namespace Pipeline.Hotpath.Api;

/// <summary>The repair commands through the loop, and reads of runs and alerts from the newest snapshot and the archive.</summary>
internal sealed class RepairApi(EngineLoop loop, DurableState durable) : IRepairApi
{
    private readonly RunArchive _archive = new(durable);

    /// <summary>Told of each sweep.</summary>
    public Action? Swept { get; init; }

    public async Task<ReportAlertsReply> ReportAlertsAsync(ReportAlertsRequest request, CancellationToken cancellation = default)
    {
        // Without a policy every fault would be recorded as one that nobody repairs, and its next copy would be a duplicate.
        if (loop.Snapshot.Repair.Policy.Classes.IsEmpty)
            throw new HotpathUnavailableException("No repair policy has been set yet; the functions set it when they start.", TimeSpan.FromSeconds(1));
        var result = await SubmitAsync(new ReportAlertsCommand
        {
            Alerts = request.Alerts.ToEngine(),
            Source = request.Source,
            TruncatedAlerts = request.TruncatedAlerts,
        }).ConfigureAwait(false);
        var replies = (AlertReplies)result.Detail!;
        var reply = new ReportAlertsReply();
        foreach (var outcome in replies.Outcomes)
            reply.Outcomes.Add(outcome.ToContract());
        reply.Runs.AddRange(replies.Runs);
        return reply;
    }

    public async Task<BeginStepReply> BeginStepAsync(BeginStepRequest request, CancellationToken cancellation = default)
    {
        var message = Required(request.Message);
        var result = await SubmitAsync(new BeginStepCommand
        {
            Run = message.Run,
            Step = message.Step.ToEngine("message.step"),
            Attempt = message.Attempt,
            Actor = request.Actor,
        }).ConfigureAwait(false);
        if (result.Detail is not BegunStep step)
            return new BeginStepReply { Outcome = BeginOutcome.Refused };
        return new BeginStepReply
        {
            Outcome = result.Outcome == Outcome.Resumed ? BeginOutcome.Resumed : BeginOutcome.Begun,
            Node = step.NodeName,
            GpuMask = step.GpuMask,
            BegunAt = step.BegunAt,
            Deadline = step.Deadline,
            Now = step.Now,
            Repeatable = step.Repeatable,
            FaultClass = step.FaultClass,
            OnlyFaultyGpus = step.OnlyFaultyGpus,
        };
    }

    public async Task<CompleteStepReply> CompleteStepAsync(CompleteStepRequest request, CancellationToken cancellation = default)
    {
        var message = Required(request.Message);
        var result = await SubmitAsync(new CompleteStepCommand
        {
            Run = message.Run,
            Step = message.Step.ToEngine("message.step"),
            Attempt = message.Attempt,
            Outcome = request.Outcome.ToEngine("outcome"),
            Message = request.Detail,
            Actor = request.Actor,
        }).ConfigureAwait(false);
        return new CompleteStepReply { Accepted = result.Outcome == Outcome.Done };
    }

    public async Task<SweepReply> SweepAsync(SweepRequest request, CancellationToken cancellation = default)
    {
        var result = await SubmitAsync(new SweepCommand()).ConfigureAwait(false);
        Swept?.Invoke();
        var counts = (SweepCounts)result.Detail!;
        return new SweepReply { TimedOut = counts.TimedOut, Repeated = counts.Repeated };
    }

    public async Task<SetPolicyReply> SetPolicyAsync(RepairPolicy request, CancellationToken cancellation = default)
    {
        var result = await SubmitAsync(new SetPolicyCommand { Policy = request.ToEngine() }).ConfigureAwait(false);
        return new SetPolicyReply { Changed = result.Outcome == Outcome.Done };
    }

    public async Task<ClaimTellingReply> ClaimTellingAsync(ClaimTellingRequest request, CancellationToken cancellation = default)
    {
        var result = await SubmitAsync(new ClaimTellingCommand { Run = request.Run, Teller = request.Teller, Lease = request.Lease }).ConfigureAwait(false);
        return result.Detail is Engine.Run run ? new ClaimTellingReply { Granted = true, Run = run.ToContract() } : new ClaimTellingReply();
    }

    public async Task<RecordTellingReply> RecordTellingAsync(RecordTellingRequest request, CancellationToken cancellation = default)
    {
        var result = await SubmitAsync(new RecordTellingCommand
        {
            Run = request.Run,
            Teller = request.Teller,
            Sender = request.Sender,
            Reference = request.Reference,
            Told = request.Told,
            Release = request.Release,
        }).ConfigureAwait(false);
        return new RecordTellingReply { Accepted = result.Outcome == Outcome.Done };
    }

    public async Task<ReturnNodeReply> ReturnNodeAsync(ReturnNodeRequest request, CancellationToken cancellation = default)
    {
        var result = await SubmitAsync(new ReturnNodeCommand { Node = request.Node, Actor = request.Actor }).ConfigureAwait(false);
        return new ReturnNodeReply { Returned = result.Outcome == Outcome.Done };
    }

    public Task<ListRunsReply> ListRunsAsync(ListRunsRequest request, CancellationToken cancellation = default)
    {
        var repair = loop.Snapshot.Repair;
        var page = Paging.TakeFalling(
            before => request.LiveOnly ? repair.NewestFirst(before, liveOnly: true) : _archive.NewestFirst(repair, before),
            run => run.Number, request.Limit, request.Continue);
        var reply = new ListRunsReply { Continue = page.Continue };
        reply.Runs.AddRange(page.Items.Select(run => run.ToContract()));
        return Task.FromResult(reply);
    }

    public Task<GetRunReply> GetRunAsync(GetRunRequest request, CancellationToken cancellation = default)
        => Task.FromResult(new GetRunReply { Run = _archive.Find(loop.Snapshot.Repair, request.Id)?.ToContract() });

    public Task<ListAlertsReply> ListAlertsAsync(ListAlertsRequest request, CancellationToken cancellation = default)
    {
        var repair = loop.Snapshot.Repair;
        var page = Paging.TakeFalling(before => _archive.AlertsNewestFirst(repair, before), record => record.Number, request.Limit, request.Continue);
        var reply = new ListAlertsReply { Continue = page.Continue };
        reply.Alerts.AddRange(page.Items.Select(record => record.ToContract()));
        return Task.FromResult(reply);
    }

    private static StepMessage Required(StepMessage? message) => message ?? throw new InvalidRequestException("message: must be present");

    /// <exception cref="InvalidRequestException">The engine found the command invalid; the message names the field.</exception>
    private async ValueTask<Reply> SubmitAsync(Command command)
    {
        var reply = await loop.ExecuteAsync(command).ConfigureAwait(false);
        return reply.Outcome == Outcome.Invalid ? throw new InvalidRequestException((string)reply.Detail!) : reply;
    }
}
