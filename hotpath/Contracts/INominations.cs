using Pipeline.Contracts.V1;

namespace Pipeline.Contracts;

/// <summary><c>pipeline.v1.Nominations</c> as its callers see it, in this process or behind gRPC. Throws as <see cref="ISchedulerApi"/> does.</summary>
public interface INominations
{
    Task<NominateReply> NominateAsync(NominateRequest request, CancellationToken cancellation = default);

    Task<PlanEvictionsReply> PlanEvictionsAsync(PlanEvictionsRequest request, CancellationToken cancellation = default);

    Task<BindReply> BindAsync(BindRequest request, CancellationToken cancellation = default);
}
