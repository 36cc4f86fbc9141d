using Pipeline.Contracts.V1;

namespace Pipeline.Contracts;

/// <summary>The <c>pipeline.v1.Cluster</c> reads as their callers see them, in this process or behind gRPC.</summary>
public interface IClusterApi
{
    Task<ListNodesReply> ListNodesAsync(ListNodesRequest request, CancellationToken cancellation = default);

    Task<GetNodeReply> GetNodeAsync(GetNodeRequest request, CancellationToken cancellation = default);

    Task<ListWorkloadsReply> ListWorkloadsAsync(ListWorkloadsRequest request, CancellationToken cancellation = default);
}
