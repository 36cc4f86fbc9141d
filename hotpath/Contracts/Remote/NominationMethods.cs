using Pipeline.Contracts.Client;
using Pipeline.Contracts.V1;

namespace Pipeline.Contracts.Remote;

/// <summary><c>pipeline.v1.Nominations</c>. Asked again, a workload has the node that it was given, and what is bound is bound.</summary>
internal static class NominationMethods
{
    private const string Service = "pipeline.v1.Nominations";

    public static readonly GrpcMethod<NominateRequest, NominateReply> Nominate = new(Service, "Nominate", NominateReply.Parser, true);

    public static readonly GrpcMethod<PlanEvictionsRequest, PlanEvictionsReply> PlanEvictions = new(Service, "PlanEvictions", PlanEvictionsReply.Parser, true);

    public static readonly GrpcMethod<BindRequest, BindReply> Bind = new(Service, "Bind", BindReply.Parser, true);
}
