using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Transport;

namespace Pipeline.Kubernetes.Client;

/// <summary>A list in pages (api-concepts, "Retrieving large results sets in chunks").</summary>
internal sealed class Listing<T>(ApiTransport transport, ResourceKind<T> kind, JsonTypeInfo<KubernetesList<T>> type, ListOptions list, int pageSize)
    where T : KubernetesObject
{
    // A list that outlives the server's history (5 minutes by default) twice will do so again: then in one piece.
    private const int PagedTries = 3;

    public async Task<KubernetesList<T>> ReadAsync(RequestOptions? options, CancellationToken cancellation)
    {
        for (var left = PagedTries; left > 0; left--)
        {
            if (await PagesAsync(options, cancellation).ConfigureAwait(false) is { } whole)
                return whole;
        }

        return await SendAsync(Query(), options, cancellation).ConfigureAwait(false);
    }

    public Task<KubernetesList<T>> PageAsync(string? continuation, RequestOptions? options, CancellationToken cancellation)
        => SendAsync(PageQuery(continuation), options, cancellation);

    /// <returns>Null: the pages expired on the way.</returns>
    private async Task<KubernetesList<T>?> PagesAsync(RequestOptions? options, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var (pages, next) = (new List<KubernetesList<T>>(), FetchAsync(null, options, stop.Token));
        try
        {
            while (next is not null)
            {
                var page = await next.ConfigureAwait(false);
                // The server puts the next page together while this one is taken apart.
                next = page.Continuation() is { } more ? FetchAsync(more, options, stop.Token) : null;
                pages.Add(page.Read(type));
            }
        }
        catch (KubernetesException exception) when (exception.IsExpired)
        {
            return null;
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
        }
        var first = pages[0];
        return pages.Count == 1 ? first : first with
        {
            Items = [.. pages.SelectMany(page => page.Items)],
            Metadata = first.Metadata with { Continue = null, RemainingItemCount = null },
        };
    }

    private async Task<ListPage> FetchAsync(string? continuation, RequestOptions? options, CancellationToken cancellation)
    {
        var request = Request(PageQuery(continuation), options);
        return new ListPage(request, await transport.ReadAsync(request, cancellation).ConfigureAwait(false));
    }

    private Task<KubernetesList<T>> SendAsync(QueryText query, RequestOptions? options, CancellationToken cancellation)
        => transport.CallAsync(Request(query, options), type, cancellation);

    private static ApiRequest Request(QueryText query, RequestOptions? options)
        => KubernetesClient.Request(HttpMethod.Get, query.ToString(), options, safeToRepeat: true);

    private QueryText PageQuery(string? continuation)
        => Query().With("limit", pageSize.ToString(CultureInfo.InvariantCulture)).With("continue", continuation);

    private QueryText Query()
        => new QueryText(kind.CollectionPath(list.Namespace)).With("labelSelector", list.LabelSelector).With("fieldSelector", list.FieldSelector);
}
