using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Transport;

namespace Pipeline.Kubernetes.Client;

/// <summary>Read, modify, write.</summary>
public static class UpdateCalls
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMilliseconds(500);

    /// <summary>Changes an object whatever others write meanwhile: reads it again and repeats the change when that conflicts.</summary>
    /// <param name="change">Runs once a try. Null, or the same instance: nothing is to be changed, and nothing is written.</param>
    /// <returns>The object as it is now.</returns>
    /// <exception cref="KubernetesException">Also the last conflict, after <see cref="KubernetesClientOptions.UpdateAttempts"/>.</exception>
    public static async Task<T> UpdateAsync<T>(
        this KubernetesClient client, ResourceKind<T> kind, ObjectName name, Func<T, T?> change, RequestOptions? options = null, CancellationToken cancellation = default)
        where T : KubernetesObject
    {
        for (var attempt = 0; ; attempt++)
        {
            var current = await client.GetAsync(kind, name, options, cancellation).ConfigureAwait(false);
            if (change(current) is not { } changed || ReferenceEquals(changed, current))
                return current;
            try
            {
                return await client.ReplaceAsync(kind, changed, options, cancellation).ConfigureAwait(false);
            }
            catch (KubernetesException exception) when (exception.IsConflict && attempt < client.Options.UpdateAttempts - 1)
            {
                await Task.Delay(Backoff.Delay(attempt, FirstDelay, LongestDelay, client.Random), client.Time, cancellation).ConfigureAwait(false);
            }
        }
    }
}
