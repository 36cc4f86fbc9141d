namespace Pipeline.Hotpath.Hosting;

/// <summary>The parts of a process, taken down in the opposite order of their making.</summary>
public sealed class PartStack : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> _parts = new();

    public T Add<T>(T part)
        where T : IAsyncDisposable
    {
        _parts.Push(part);
        return part;
    }

    public T? AddIfAny<T>(T? part)
        where T : class, IAsyncDisposable
        => part is null ? null : Add(part);

    public T Keep<T>(T part)
        where T : IDisposable
    {
        _parts.Push(new Disposing(part));
        return part;
    }

    public async ValueTask DisposeAsync()
    {
        while (_parts.TryPop(out var part))
            await part.DisposeAsync().ConfigureAwait(false);
    }

    private sealed class Disposing(IDisposable part) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            part.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
