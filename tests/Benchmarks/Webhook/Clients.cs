using Pipeline.Benchmarks.Framework;

namespace Pipeline.Benchmarks.Webhook;

/// <summary>Connections to one server.</summary>
internal sealed class Clients(int port, int count) : IDisposable
{
    private readonly HttpConnection[] _connections = [.. Enumerable.Range(0, count).Select(_ => new HttpConnection(port))];

    /// <summary>One request after the other.</summary>
    public Task AloneAsync(Gauge gauge, byte[][] requests)
    {
        var next = 0;
        return gauge.RunAsync(requests.Length, () => _connections[0].SendAsync(requests[next++]));
    }

    /// <summary>As many at once as there are connections.</summary>
    public Task AllAsync(Crowd crowd, byte[][] requests)
    {
        var next = -1;
        return crowd.RunAsync(
            _connections.Length, requests.Length / _connections.Length,
            client => _connections[client].SendAsync(requests[Interlocked.Increment(ref next)]));
    }

    public void Dispose()
    {
        foreach (var connection in _connections)
            connection.Dispose();
    }
}
