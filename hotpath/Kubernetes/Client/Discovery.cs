using System.Collections.Concurrent;
using Pipeline.Kubernetes.Json;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Kubernetes.Client;

/// <summary>What the server serves, remembered for a while: a server may be upgraded while we run.</summary>
internal sealed class Discovery(KubernetesClient client, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, (ApiResourceList? Resources, long ReadAt)> _known = new(StringComparer.Ordinal);

    /// <returns>Null: the server does not have it.</returns>
    public async Task<ApiResourceList?> FindAsync(string path, CancellationToken cancellation)
    {
        if (_known.TryGetValue(path, out var known) && time.GetElapsedTime(known.ReadAt) < Fresh)
            return known.Resources;
        var resources = await ReadAsync(path, cancellation).ConfigureAwait(false);
        _known[path] = (resources, time.GetTimestamp());
        return resources;
    }

    public void Forget() => _known.Clear();

    private async Task<ApiResourceList?> ReadAsync(string path, CancellationToken cancellation)
    {
        try
        {
            var request = KubernetesClient.Request(HttpMethod.Get, path, options: null, safeToRepeat: true);
            return await client.Transport.CallAsync(request, KubernetesJson.TrimmedOptions.TypeInfo<ApiResourceList>(), cancellation).ConfigureAwait(false);
        }
        catch (KubernetesException exception) when (exception.IsNotFound)
        {
            return null;
        }
    }
}
