namespace Pipeline.Kubernetes.Tests.Support;

/// <summary>Bounds that only a broken run reaches.</summary>
internal static class Patience
{
    public static readonly TimeSpan Bound = TimeSpan.FromMinutes(2);

    public static CancellationToken Token => new CancellationTokenSource(Bound).Token;

    public static Task<T> Bounded<T>(this Task<T> task) => task.WaitAsync(Bound);

    public static Task Bounded(this Task task) => task.WaitAsync(Bound);
}
