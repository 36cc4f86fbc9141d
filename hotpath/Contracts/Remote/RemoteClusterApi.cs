using Pipeline.Contracts.Client;
using Pipeline.Contracts.V1;

namespace Pipeline.Contracts.Remote;

/// <summary>The model of another process.</summary>
public sealed class RemoteClusterApi(GrpcChannel channel) : IClusterApi
{
    public Task<ListNodesReply> ListNodesAsync(ListNodesRequest request, CancellationToken cancellation = default)
        => channel.AskAsync(ClusterMethods.ListNodes, request, cancellation);

    public Task<GetNodeReply> GetNodeAsync(GetNodeRequest request, CancellationToken cancellation = default)
        => channel.AskAsync(ClusterMethods.GetNode, request, cancellation);

    public Task<ListWorkloadsReply> ListWorkloadsAsync(ListWorkloadsRequest request, CancellationToken cancellation = default)
        => channel.AskAsync(ClusterMethods.ListWorkloads, request, cancellation);

    /// <remarks>One stream for each wait. Cluster/Watch would not do: it tells of nodes only, and here a run that goes on counts too.</remarks>
    public async Task<long> WaitForChangeAsync(long afterSequence, CancellationToken cancellation = default)
    {
        try
        {
            await foreach (var change in channel.StreamAsync(ClusterMethods.WatchSequence, new WatchSequenceRequest { AfterSequence = afterSequence }, options: null, cancellation).ConfigureAwait(false))
                return change.Sequence;
        }
        catch (GrpcCallException exception) when (RemoteCall.Translate(exception, channel) is { } translated)
        {
            throw translated;
        }

        throw new HotpathUnavailableException($"The hotpath at {channel.Address} ended the wait.", TimeSpan.Zero);
    }
}
