using System.Globalization;
using System.Runtime.CompilerServices;
using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Transport;

namespace Pipeline.Kubernetes.Watching;

/// <summary>
/// Follows the objects of a kind: lists them, watches from there, goes on where a watch ended, and lists again when the server has
/// forgotten that place (api-concepts, "Efficient detection of changes"). It does not end before its consumer does: failures are waited out,
/// and told to <see cref="ReflectorOptions.OnFailure"/>. Objects come without the fields that their model does not name.
/// </summary>
public sealed class Reflector<T>
    where T : KubernetesObject
{
    // A watch that ran so long was served, however it ended: the next one does not wait longer than after a first failure.
    private static readonly TimeSpan Served = TimeSpan.FromMilliseconds(500);

    private readonly KubernetesClient _client;
    private readonly ResourceKind<T> _kind;
    private readonly ReflectorOptions _options;
    private readonly Listing<T> _listing;
    private string? _version;
    private int _failures;
    private bool _listsAgain;

    /// <exception cref="ArgumentException">An option is out of range; the message names it.</exception>
    public Reflector(KubernetesClient client, ResourceKind<T> kind, ReflectorOptions options)
    {
        options.Validate();
        (_client, _kind, _options) = (client, kind, options);
        var which = new ListOptions { Namespace = options.Namespace, LabelSelector = options.LabelSelector, FieldSelector = options.FieldSelector };
        _listing = new Listing<T>(client.Transport, kind, kind.TrimmedList, which, client.Options.PageSize);
    }

    /// <summary>
    /// The changes, from the first list on, as fast as they are taken: the server is told to wait (HTTP/2 flow control) or loses us, which
    /// is a watch that ended. To be enumerated once at a time.
    /// </summary>
    /// <exception cref="OperationCanceledException">The only end.</exception>
    public async IAsyncEnumerable<Change<T>> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        _version = null;
        _failures = 0;
        _listsAgain = false;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            if (_version is null)
            {
                if (await ListAsync(cancellation).ConfigureAwait(false) is not { } all)
                    continue;
                yield return all;
            }

            var begun = _client.Time.GetTimestamp();
            KubernetesException? failure = null;
            await using (var events = Watch(cancellation))
            {
                while (true)
                {
                    (var change, failure, var more) = await NextAsync(events).ConfigureAwait(false);
                    if (!more)
                        break;
                    if (change is not null)
                        yield return change;
                }
            }

            await EndedAsync(failure, _client.Time.GetElapsedTime(begun), cancellation).ConfigureAwait(false);
        }
    }

    private async Task<Change<T>.Replaced?> ListAsync(CancellationToken cancellation)
    {
        var begun = _client.Time.GetTimestamp();
        try
        {
            var list = await _listing.ReadAsync(options: null, cancellation).ConfigureAwait(false);
            _version = list.Metadata.ResourceVersion
                ?? throw new KubernetesException(0, Reasons.InvalidResponse, $"The list of {_kind} has no metadata.resourceVersion.");
            _options.OnListed?.Invoke(_client.Time.GetElapsedTime(begun));
            return new Change<T>.Replaced(list.Items);
        }
        catch (KubernetesException failure)
        {
            await FailedAsync(failure, cancellation).ConfigureAwait(false);
            return null;
        }
    }

    private IAsyncEnumerator<WatchEvent<T>> Watch(CancellationToken cancellation)
    {
        var seconds = _options.WatchTimeout.TotalSeconds * (1 + _client.Random.NextDouble());
        var path = new QueryText(_kind.CollectionPath(_options.Namespace))
            .With("watch", "true")
            .With("allowWatchBookmarks", "true")
            .With("resourceVersion", _version)
            .With("timeoutSeconds", ((int)seconds).ToString(CultureInfo.InvariantCulture))
            .With("labelSelector", _options.LabelSelector)
            .With("fieldSelector", _options.FieldSelector);
        var request = new ApiRequest(HttpMethod.Get, path.ToString());
        return new WatchStream<T>(_client.Transport, request, _kind, _options, _client.Time).ReadAsync(cancellation).GetAsyncEnumerator(cancellation);
    }

    /// <returns>No change: a bookmark. No more: the watch ended, with a failure or in order.</returns>
    private async ValueTask<(Change<T>? Change, KubernetesException? Failure, bool More)> NextAsync(IAsyncEnumerator<WatchEvent<T>> events)
    {
        try
        {
            if (!await events.MoveNextAsync().ConfigureAwait(false))
                return default;
        }
        catch (KubernetesException failure)
        {
            return (null, failure, false);
        }

        var next = events.Current;
        if (next.Type == WatchEventType.Error)
            return (null, ApiErrors.OfStatus($"The watch of {_kind}", next.Status!), false);
        (_version, _failures, _listsAgain) = (next.ResourceVersion, 0, false);
        return next.Type switch
        {
            WatchEventType.Bookmark => (null, null, true),
            WatchEventType.Deleted => (new Change<T>.Deleted(next.Item!), null, true),
            _ => (new Change<T>.Put(next.Item!), null, true),
        };
    }

    private Task EndedAsync(KubernetesException? failure, TimeSpan lived, CancellationToken cancellation)
    {
        // An event that cannot be read would come again and again; a list may not have it any more.
        if (failure is { Reason: Reasons.InvalidResponse } && _failures > 0)
            _version = null;
        if (lived >= Served)
            _failures = 0;
        if (failure is { IsExpired: true })
        {
            _version = null;
            // To list again is the remedy, unless it did not help just now. A server that was away before it forgot has been waited for.
            var helps = !_listsAgain;
            _listsAgain = true;
            return helps ? NotedAsync(failure) : FailedAsync(failure, cancellation);
        }

        if (failure is null && lived >= Served)
            return Task.CompletedTask;
        return FailedAsync(failure ?? new(0, Reasons.Unreachable, $"The watch of {_kind} ended as soon as it began."), cancellation);
    }

    private Task NotedAsync(KubernetesException failure)
    {
        _failures++;
        _options.OnFailure?.Invoke(failure);
        return Task.CompletedTask;
    }

    private async Task FailedAsync(KubernetesException failure, CancellationToken cancellation)
    {
        var wait = Backoff.Delay(_failures, _options.FirstDelay, _options.LongestDelay, _client.Random);
        await NotedAsync(failure).ConfigureAwait(false);
        if (failure.RetryAfter is { } asked && asked > wait)
            wait = asked < _options.LongestDelay ? asked : _options.LongestDelay;
        await Task.Delay(wait, _client.Time, cancellation).ConfigureAwait(false);
    }
}
