using Microsoft.AspNetCore.Http;
using Pipeline.Hotpath.Grpc.Wire;

namespace Pipeline.Hotpath.Grpc.Calls;

/// <summary>What can end a call before its handler does.</summary>
internal enum Interruption
{
    None,
    ClientGone,
    DeadlinePassed,
    Stopping,
}

/// <summary>
/// How long a call goes on. Whatever interrupts it first decides how it ends; only the call's own flow writes that end, so nobody
/// can end it twice. A unary call without a deadline costs no token source and no timer.
/// </summary>
internal sealed class CallLife : IDisposable
{
    private readonly HttpContext _http;
    private readonly CancellationTokenSource? _source;
    private readonly ITimer? _timer;
    private readonly CancellationTokenRegistration _gone;
    private readonly CancellationTokenRegistration _stopping;
    private int _interruption;

    /// <param name="stopping">Fires when the server stops; for calls that would otherwise never end.</param>
    public CallLife(HttpContext http, TimeProvider time, CancellationToken stopping)
    {
        _http = http;
        var timeout = GrpcTimeout.Parse(http.Request.Headers.GrpcTimeout);
        if (timeout is null && !stopping.CanBeCanceled)
            return;
        _source = new CancellationTokenSource();
        _gone = http.RequestAborted.UnsafeRegister(static life => ((CallLife)life!).Interrupt(Interruption.ClientGone), this);
        _stopping = stopping.UnsafeRegister(static life => ((CallLife)life!).Interrupt(Interruption.Stopping), this);
        if (timeout is not { } wait)
            return;
        if (wait <= TimeSpan.Zero)
            Interrupt(Interruption.DeadlinePassed);
        else
            _timer = time.CreateTimer(static life => ((CallLife)life!).Interrupt(Interruption.DeadlinePassed), this, wait, Timeout.InfiniteTimeSpan);
    }

    public CancellationToken Token => _source?.Token ?? _http.RequestAborted;

    /// <summary>For waits on the connection, which end by themselves when the client is gone.</summary>
    public CancellationToken WireToken => _source?.Token ?? CancellationToken.None;

    public Interruption Interruption
    {
        get
        {
            var first = (Interruption)Volatile.Read(ref _interruption);
            return first == Interruption.None && _source is null && _http.RequestAborted.IsCancellationRequested ? Interruption.ClientGone : first;
        }
    }

    /// <summary>The handler, while it may outlive its call; its outcome is then of no interest.</summary>
    public Task Handler { get; private set; } = Task.CompletedTask;

    /// <summary>What waits for the client to read.</summary>
    public Task Writing { get; set; } = Task.CompletedTask;

    /// <exception cref="OperationCanceledException">The call was interrupted before.</exception>
    public Task<T> WaitAsync<T>(Task<T> handler)
    {
        if (_source is null || handler.IsCompleted)
            return handler;
        Handler = handler;
        return handler.WaitAsync(_source.Token);
    }

    /// <summary>Names the handler of a stream, which runs beside the call's own flow.</summary>
    public void Watch(Task handler) => Handler = handler;

    /// <summary>For a call that has a source of its own, as every stream has.</summary>
    public void Interrupt(Interruption by)
    {
        if (Interlocked.CompareExchange(ref _interruption, (int)by, (int)Interruption.None) == (int)Interruption.None)
            _source!.Cancel();
    }

    public void Dispose()
    {
        _timer?.Dispose();
        _gone.Dispose();
        _stopping.Dispose();
    }
}
