using Pipeline.Contracts.Client;
using Pipeline.Contracts.V1;

namespace Pipeline.Contracts.Remote;

/// <summary><c>pipeline.v1.Cluster</c>: reads.</summary>
internal static class ClusterMethods
{
    private const string Service = "pipeline.v1.Cluster";

    public static readonly GrpcMethod<ListNodesRequest, ListNodesReply> ListNodes = new(Service, "ListNodes", ListNodesReply.Parser, true);

    public static readonly GrpcMethod<GetNodeRequest, GetNodeReply> GetNode = new(Service, "GetNode", GetNodeReply.Parser, true);

    public static readonly GrpcMethod<ListWorkloadsRequest, ListWorkloadsReply> ListWorkloads = new(Service, "ListWorkloads", ListWorkloadsReply.Parser, true);

    public static readonly GrpcMethod<WatchSequenceRequest, WatchSequenceReply> WatchSequence = new(Service, "WatchSequence", WatchSequenceReply.Parser, true);
}
