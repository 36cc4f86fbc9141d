using Pipeline.Contracts.Client;
using Pipeline.Contracts.V1;

namespace Pipeline.Contracts.Remote;

/// <summary><c>pipeline.v1.Simulation</c>.</summary>
internal static class SimulationMethods
{
    private const string Service = "pipeline.v1.Simulation";

    public static readonly GrpcMethod<DescribeSimulationRequest, DescribeSimulationReply> Describe = new(Service, "Describe", DescribeSimulationReply.Parser, true);

    /// <summary>Not safe: between two copies a repair may have mended the part, and the second would break it again.</summary>
    public static readonly GrpcMethod<BreakRequest, BreakReply> Break = new(Service, "Break", BreakReply.Parser, false);

    public static readonly GrpcMethod<ListActionsRequest, ListActionsReply> ListActions = new(Service, "ListActions", ListActionsReply.Parser, true);
}
