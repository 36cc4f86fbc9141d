using Pipeline.Contracts;
using Pipeline.Contracts.V1;
using Pipeline.Functions.Policy;

namespace Pipeline.Functions.Tests.Api;

/// <summary>Holds a policy and explanations, and refuses when told to.</summary>
internal sealed class FakeScheduler : ISchedulerApi
{
    public SchedulingPolicy Policy { get; set; } = PolicyLoader.Parse("empty.yaml", "{}");

    public Exception? Refusal { get; set; }

    public Task<SetSchedulingPolicyReply> SetSchedulingPolicyAsync(SetSchedulingPolicyRequest request, CancellationToken cancellation = default)
    {
        if (Refusal is not null)
            throw Refusal;
        var changed = !request.Policy.Equals(Policy);
        Policy = request.Policy;
        return Task.FromResult(new SetSchedulingPolicyReply { Changed = changed });
    }

    public Task<GetSchedulingPolicyReply> GetSchedulingPolicyAsync(GetSchedulingPolicyRequest request, CancellationToken cancellation = default)
        => Task.FromResult(new GetSchedulingPolicyReply { Policy = Policy });

    public Task<PlaceReply> PlaceAsync(PlaceRequest request, CancellationToken cancellation = default) => throw new NotSupportedException();

    public Task<PlaceGangReply> PlaceGangAsync(PlaceGangRequest request, CancellationToken cancellation = default) => throw new NotSupportedException();

    public Task<ConfirmReply> ConfirmAsync(ConfirmRequest request, CancellationToken cancellation = default) => throw new NotSupportedException();

    public Task<ReleaseReply> ReleaseAsync(ReleaseRequest request, CancellationToken cancellation = default) => throw new NotSupportedException();

    public Task<ReleaseGangReply> ReleaseGangAsync(ReleaseGangRequest request, CancellationToken cancellation = default) => throw new NotSupportedException();

    public Task<ScheduleReply> ScheduleAsync(ScheduleRequest request, CancellationToken cancellation = default) => throw new NotSupportedException();

    public Task<SetTopologyReply> SetTopologyAsync(SetTopologyRequest request, CancellationToken cancellation = default) => throw new NotSupportedException();

    public Task<ReportCheckpointReply> ReportCheckpointAsync(ReportCheckpointRequest request, CancellationToken cancellation = default)
        => throw new NotSupportedException();

    public Task<ReportUtilizationReply> ReportUtilizationAsync(ReportUtilizationRequest request, CancellationToken cancellation = default)
        => throw new NotSupportedException();

    public Task<PlaceReply> PreemptAsync(PlaceRequest request, CancellationToken cancellation = default)
        => throw new NotSupportedException();

    public Task<ReserveReply> ReserveAsync(ReserveRequest request, CancellationToken cancellation = default)
        => throw new NotSupportedException();

    public Task<CancelReservationReply> CancelReservationAsync(CancelReservationRequest request, CancellationToken cancellation = default)
        => throw new NotSupportedException();

    public Task<ListReservationsReply> ListReservationsAsync(ListReservationsRequest request, CancellationToken cancellation = default)
        => throw new NotSupportedException();

    public Dictionary<string, Explanation> Explanations { get; } = [];

    public Task<Explanation> ExplainAsync(ExplainRequest request, CancellationToken cancellation = default)
        => Refusal is not null ? throw Refusal
            : Explanations.TryGetValue(request.Name, out var explanation) ? Task.FromResult(explanation)
            : throw RequestRefusedException.NotFound("name", $"nothing called '{request.Name}' waits or has a place");

    public Task<WhatIfReply> WhatIfAsync(WhatIfRequest request, CancellationToken cancellation = default)
        => throw new NotSupportedException();

    public Task<SetBudgetReply> SetBudgetAsync(SetBudgetRequest request, CancellationToken cancellation = default)
        => throw new NotSupportedException();
}
