using Pipeline.Contracts;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Api;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Simulation.Tests.Core;

namespace Pipeline.Simulation.Tests.Product;

/// <summary>
/// The repair commands through the loop, over a wire that fails before or after the command took effect. Built like the product's own
/// adapter, which needs threads.
/// </summary>
internal sealed class SimulatedRepairApi(SimulatedWorld world) : IRepairApi
{
    public Task<ReportAlertsReply> ReportAlertsAsync(ReportAlertsRequest request, CancellationToken cancellation = default)
        => world.Sabotage == Sabotage.AlertsAreForgotten
            ? Task.FromResult(new ReportAlertsReply
            {
                Outcomes = { request.Alerts.Select(_ => AlertOutcome.Accepted) },
                Runs = { request.Alerts.Select(_ => "") },
            })
            : Call(
                () => new ReportAlertsCommand
                {
                    Alerts = request.Alerts.ToEngine(),
                    Source = request.Source,
                    TruncatedAlerts = request.TruncatedAlerts,
                },
                result =>
                {
                    var replies = (AlertReplies)result.Detail!;
                    return new ReportAlertsReply
                    {
                        Outcomes = { replies.Outcomes.Select(outcome => outcome.ToContract()) },
                        Runs = { replies.Runs },
                    };
                });

    public Task<BeginStepReply> BeginStepAsync(BeginStepRequest request, CancellationToken cancellation = default)
        => Call(
            () => new BeginStepCommand
            {
                Run = request.Message.Run,
                Step = request.Message.Step.ToEngine("message.step"),
                Attempt = request.Message.Attempt,
                Actor = request.Actor,
            },
            result => result.Detail is not BegunStep step
                ? new BeginStepReply { Outcome = BeginOutcome.Refused }
                : new BeginStepReply
                {
                    Outcome = result.Outcome == Outcome.Resumed && world.Sabotage != Sabotage.ResumesActAgain ? BeginOutcome.Resumed : BeginOutcome.Begun,
                    Node = step.NodeName,
                    GpuMask = step.GpuMask,
                    BegunAt = step.BegunAt,
                    Deadline = step.Deadline,
                    Now = step.Now,
                    Repeatable = step.Repeatable,
                    FaultClass = step.FaultClass,
                    OnlyFaultyGpus = step.OnlyFaultyGpus,
                });

    public Task<CompleteStepReply> CompleteStepAsync(CompleteStepRequest request, CancellationToken cancellation = default)
        => Call(
            () => new CompleteStepCommand
            {
                Run = request.Message.Run,
                Step = request.Message.Step.ToEngine("message.step"),
                Attempt = request.Message.Attempt,
                Outcome = request.Outcome.ToEngine("outcome"),
                Message = request.Detail,
                Actor = request.Actor,
            },
            result => new CompleteStepReply { Accepted = result.Outcome == Outcome.Done });

    public Task<SweepReply> SweepAsync(SweepRequest request, CancellationToken cancellation = default)
        => Call(() => new SweepCommand(), result =>
        {
            var counts = (SweepCounts)result.Detail!;
            return new SweepReply { TimedOut = counts.TimedOut, Repeated = counts.Repeated };
        });

    public Task<SetPolicyReply> SetPolicyAsync(RepairPolicy request, CancellationToken cancellation = default)
        => Call(() => new SetPolicyCommand { Policy = request.ToEngine() }, result => new SetPolicyReply { Changed = result.Outcome == Outcome.Done });

    public Task<ClaimTellingReply> ClaimTellingAsync(ClaimTellingRequest request, CancellationToken cancellation = default)
        => Call(
            () => new ClaimTellingCommand { Run = request.Run, Teller = request.Teller, Lease = request.Lease },
            result => result.Detail is Scheduling.Repair.Run run ? new ClaimTellingReply { Granted = true, Run = run.ToContract() } : new ClaimTellingReply());

    public Task<RecordTellingReply> RecordTellingAsync(RecordTellingRequest request, CancellationToken cancellation = default)
        => Call(
            () => new RecordTellingCommand
            {
                Run = request.Run,
                Teller = request.Teller,
                Sender = request.Sender,
                Reference = request.Reference,
                Told = request.Told,
                Release = request.Release,
            },
            result => new RecordTellingReply { Accepted = result.Outcome == Outcome.Done });

    public Task<ReturnNodeReply> ReturnNodeAsync(ReturnNodeRequest request, CancellationToken cancellation = default)
        => Call(() => new ReturnNodeCommand { Node = request.Node, Actor = request.Actor }, result => new ReturnNodeReply { Returned = result.Outcome == Outcome.Done });

    public Task<ListRunsReply> ListRunsAsync(ListRunsRequest request, CancellationToken cancellation = default) => throw new NotSupportedException();

    public Task<GetRunReply> GetRunAsync(GetRunRequest request, CancellationToken cancellation = default) => throw new NotSupportedException();

    public Task<ListAlertsReply> ListAlertsAsync(ListAlertsRequest request, CancellationToken cancellation = default) => throw new NotSupportedException();

    private Task<T> Call<T>(Func<Command> command, Func<Reply, T> answer)
    {
        if (world.Hotpath is not { } hotpath || world.Chance.Hits(world.Chaos.CallFailsBefore))
            return Task.FromException<T>(Away());
        var asked = command();
        var reply = world.Sabotage == Sabotage.BeginsAreNotJournaled && asked is BeginStepCommand
            ? hotpath.DecideInMemoryOnly(asked)
            : hotpath.Submit(asked);
        if (reply.Outcome == Outcome.Invalid)
            return Task.FromException<T>(new ArgumentException((string)reply.Detail!));
        return world.Chance.Hits(world.Chaos.CallFailsAfter) ? Task.FromException<T>(Away()) : Task.FromResult(answer(reply));
    }

    private static HotpathUnavailableException Away() => new("The wire broke.", TimeSpan.FromSeconds(1));
}
