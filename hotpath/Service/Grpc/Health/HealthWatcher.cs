using System.Threading.Channels;
using static Pipeline.Contracts.Grpc.Health.V1.HealthCheckResponse.Types;

namespace Pipeline.Hotpath.Grpc.Health;

/// <summary>The changes that one watcher has yet to hear. A slow one misses those in the middle, never the newest.</summary>
internal sealed class HealthWatcher
{
    private const int Capacity = 5;

    private readonly Channel<ServingStatus> _changes = Channel.CreateBounded<ServingStatus>(
        new BoundedChannelOptions(Capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.DropOldest });

    private ServingStatus? _last;

    public ChannelReader<ServingStatus> Changes => _changes.Reader;

    /// <summary>One caller at a time.</summary>
    public void Tell(ServingStatus status)
    {
        if (_last == status)
            return;
        _last = status;
        _changes.Writer.TryWrite(status);
    }
}
