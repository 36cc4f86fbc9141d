using System.Net;
using System.Text.Json.Nodes;

namespace Pipeline.TestControlPlane;

/// <summary>Everything of one resource: a list in pages, and then what changes, from where it was left when the connection breaks.</summary>
/// <param name="api">The API server.</param>
/// <param name="path">Of the list.</param>
/// <param name="selector">A query such as "fieldSelector=…"; empty for all.</param>
/// <param name="time">Of the pauses after an error.</param>
internal sealed class ResourceWatch(ApiAccess api, string path, string selector, TimeProvider time)
{
    private const int PageSize = 1_000;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(200);

    /// <summary>All there is; what is not in it is gone.</summary>
    public required Action<IReadOnlyList<JsonNode>> Listed { get; init; }

    public required Action<JsonNode> Changed { get; init; }

    public required Action<JsonNode> Deleted { get; init; }

    public async Task RunAsync(CancellationToken cancellation)
    {
        string? version = null;
        while (true)
        {
            try
            {
                version ??= await ListAsync(cancellation);
                await foreach (var change in api.WatchAsync($"{path}?{selector}&watch=1&allowWatchBookmarks=true&resourceVersion={version}", cancellation))
                    version = Take(change);
            }
            catch (ApiException refused) when (refused.Status == HttpStatusCode.Gone)
            {
                version = null;
            }
            catch (Exception error) when (Transient.Is(error, cancellation))
            {
                await Task.Delay(RetryDelay, time, cancellation);
            }
        }
    }

    /// <returns>The version to go on from.</returns>
    private string Take(JsonNode change)
    {
        var item = change["object"]!;
        switch ((string)change["type"]!)
        {
            case "ADDED" or "MODIFIED":
                Changed(item);
                break;
            case "DELETED":
                Deleted(item);
                break;
            case "ERROR":
                throw new ApiException((HttpStatusCode)(int)item["code"]!, item.ToJsonString());
        }

        return (string)item["metadata"]!["resourceVersion"]!;
    }

    private async Task<string> ListAsync(CancellationToken cancellation)
    {
        var items = new List<JsonNode>();
        var token = "";
        while (true)
        {
            var page = await api.GetAsync($"{path}?{selector}&limit={PageSize}&continue={Uri.EscapeDataString(token)}", cancellation);
            items.AddRange((page["items"] as JsonArray ?? []).OfType<JsonNode>());
            token = (string?)page["metadata"]!["continue"] ?? "";
            if (token.Length == 0)
            {
                Listed(items);
                return (string)page["metadata"]!["resourceVersion"]!;
            }
        }
    }
}
