using Pipeline.Contracts;
using Pipeline.Kubernetes;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Calls;

/// <summary>The edge of the adapter: who calls a port hears what its contract promises, and the same from another process as from here.</summary>
internal static class Port
{
    /// <exception cref="HotpathUnavailableException">The API server refused it or did not answer; the message has its words.</exception>
    public static async Task<T> AskAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (KubernetesException exception)
        {
            throw new HotpathUnavailableException(exception.Message, exception.RetryAfter ?? TimeSpan.Zero, exception) { Refused = exception.IsDecided };
        }
    }

    /// <inheritdoc cref="AskAsync{T}"/>
    public static Task AskAsync(Func<Task> call) => AskAsync(async () =>
    {
        await call().ConfigureAwait(false);
        return true;
    });
}
