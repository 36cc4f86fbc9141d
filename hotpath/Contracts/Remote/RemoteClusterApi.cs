using Pipeline.Contracts.Client;
using Pipeline.Contracts.V1;

namespace Pipeline.Contracts.Remote;

/// <summary>The model of another process.</summary>
public sealed class RemoteClusterApi(GrpcChannel channel) : IClusterApi
{
    // Longer than a quiet cluster's heartbeat, shorter than what proxies grant a silent call.
    private static readonly GrpcCallOptions OneWait = new() { Deadline = TimeSpan.FromSeconds(30) };

    public Task<ListNodesReply> ListNodesAsync(ListNodesRequest request, CancellationToken cancellation = default)
        => channel.AskAsync(ClusterMethods.ListNodes, request, cancellation);

    public Task<GetNodeReply> GetNodeAsync(GetNodeRequest request, CancellationToken cancellation = default)
        => channel.AskAsync(ClusterMethods.GetNode, request, cancellation);

    public Task<ListWorkloadsReply> ListWorkloadsAsync(ListWorkloadsRequest request, CancellationToken cancellation = default)
        => channel.AskAsync(ClusterMethods.ListWorkloads, request, cancellation);

    /// <remarks>
    /// One long question after the other. Cluster/Watch would not do: it tells of nodes only, and here a run that goes on counts too.
    /// </remarks>
    public async Task<long> WaitForChangeAsync(long afterSequence, CancellationToken cancellation = default)
    {
        var request = new WaitForChangeRequest { AfterSequence = afterSequence };
        while (true)
        {
            try
            {
                return (await channel.CallAsync(ClusterMethods.WaitForChange, request, OneWait, cancellation).ConfigureAwait(false)).Sequence;
            }
            catch (GrpcCallException exception) when (exception.Status == GrpcStatusCode.DeadlineExceeded)
            {
                // Nothing has changed.
            }
            catch (GrpcCallException exception) when (RemoteCall.Translate(exception, channel) is { } translated)
            {
                throw translated;
            }
        }
    }
}
