using Pipeline.Contracts.V1;

namespace Pipeline.Contracts;

/// <summary>The <c>pipeline.v1.Cluster</c> reads as their callers see them, in this process or behind gRPC.</summary>
public interface IClusterApi
{
    Task<ListNodesReply> ListNodesAsync(ListNodesRequest request, CancellationToken cancellation = default);

    Task<GetNodeReply> GetNodeAsync(GetNodeRequest request, CancellationToken cancellation = default);

    Task<ListWorkloadsReply> ListWorkloadsAsync(ListWorkloadsRequest request, CancellationToken cancellation = default);

    /// <summary>Completes with the sequence of the newest snapshot once that is above <paramref name="afterSequence"/>; many changes may share one answer.</summary>
    Task<long> WaitForChangeAsync(long afterSequence, CancellationToken cancellation = default);
}
