using System.Collections.Concurrent;
using System.Diagnostics;

namespace Pipeline.KubernetesCluster.Tests.Support;

/// <summary>The paths of all requests that this process has begun to send, answered or not.</summary>
internal sealed class SentRequests : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>, IDisposable
{
    // docs.microsoft.com, "HttpClient DiagnosticSource": an anonymous object with the request in it.
    private const string Listener = "HttpHandlerDiagnosticListener";
    private const string Started = "System.Net.Http.HttpRequestOut.Start";

    private readonly ConcurrentDictionary<string, bool> _paths = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<IDisposable> _subscriptions = [];

    public SentRequests() => _subscriptions.Add(DiagnosticListener.AllListeners.Subscribe(this));

    public ICollection<string> Paths => _paths.Keys;

    public void OnNext(DiagnosticListener value)
    {
        if (value.Name == Listener)
            _subscriptions.Add(value.Subscribe(this));
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value.Key == Started && value.Value?.GetType().GetProperty("Request")?.GetValue(value.Value) is HttpRequestMessage { RequestUri: { } uri })
            _paths[uri.AbsolutePath] = true;
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }

    public void Dispose()
    {
        foreach (var subscription in _subscriptions)
            subscription.Dispose();
    }
}
