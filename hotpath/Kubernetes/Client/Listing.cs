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
        => SendAsync(Query().With("limit", pageSize.ToString(CultureInfo.InvariantCulture)).With("continue", continuation), options, cancellation);

    /// <returns>Null: the pages expired on the way.</returns>
    private async Task<KubernetesList<T>?> PagesAsync(RequestOptions? options, CancellationToken cancellation)
    {
        var first = await PageAsync(null, options, cancellation).ConfigureAwait(false);
        if (string.IsNullOrEmpty(first.Metadata.Continue))
            return first;
        var items = new List<T>(first.Items);
        for (var page = first; !string.IsNullOrEmpty(page.Metadata.Continue);)
        {
            try
            {
                page = await PageAsync(page.Metadata.Continue, options, cancellation).ConfigureAwait(false);
            }
            catch (KubernetesException exception) when (exception.IsExpired)
            {
                return null;
            }

            items.AddRange(page.Items);
        }

        return first with { Items = items, Metadata = first.Metadata with { Continue = null, RemainingItemCount = null } };
    }

    private Task<KubernetesList<T>> SendAsync(QueryText query, RequestOptions? options, CancellationToken cancellation)
        => transport.CallAsync(KubernetesClient.Request(HttpMethod.Get, query.ToString(), options, safeToRepeat: true), type, cancellation);

    private QueryText Query()
        => new QueryText(kind.CollectionPath(list.Namespace)).With("labelSelector", list.LabelSelector).With("fieldSelector", list.FieldSelector);
}
