using static Pipeline.Contracts.Grpc.Health.V1.HealthCheckResponse.Types;

namespace Pipeline.Hotpath.Grpc.Health;

/// <summary>Whether the server serves, for those who ask and those who watch. All services are ready together, or none is.</summary>
/// <param name="notReadyReason">Null when ready, otherwise what is wrong.</param>
public sealed class HealthBoard(Func<string?> notReadyReason, TimeProvider time) : IDisposable
{
    // Readiness is asked for, not announced; so late may a watcher be.
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly HashSet<HealthWatcher> _watchers = [];
    private ITimer? _timer;
    private bool _stopped;

    /// <summary>Now, as <see cref="ServingStatus.Serving"/> or <see cref="ServingStatus.NotServing"/>.</summary>
    public ServingStatus Status => !Volatile.Read(ref _stopped) && notReadyReason() is null ? ServingStatus.Serving : ServingStatus.NotServing;

    /// <summary>From now on the server does not serve, whatever its parts say.</summary>
    public void Stop()
    {
        Volatile.Write(ref _stopped, true);
        Tell();
    }

    public void Dispose()
    {
        lock (_lock)
            _timer?.Dispose();
    }

    internal void Add(HealthWatcher watcher)
    {
        lock (_lock)
        {
            _watchers.Add(watcher);
            watcher.Tell(Status);
            _timer ??= time.CreateTimer(static board => ((HealthBoard)board!).Tell(), this, LookAgain, LookAgain);
        }
    }

    internal void Remove(HealthWatcher watcher)
    {
        lock (_lock)
        {
            _watchers.Remove(watcher);
            if (_watchers.Count > 0)
                return;
            _timer?.Dispose();
            _timer = null;
        }
    }

    private void Tell()
    {
        lock (_lock)
        {
            var status = Status;
            foreach (var watcher in _watchers)
                watcher.Tell(status);
        }
    }
}
