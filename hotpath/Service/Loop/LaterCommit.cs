namespace Pipeline.Hotpath.Loop;

/// <summary>
/// Asks for the commit of soft commands a little later. Nobody waits for it, so many may share one; a sync for each would keep the disk
/// and a core busy for replies that have long been sent.
/// </summary>
internal sealed class LaterCommit : IDisposable
{
    // A crash forgets at most what was decided in so long; the cluster is the record of soft commands. A commit takes a processor for half a
    // millisecond: one every ten would take a twentieth of it, and one in a hundred of a lone caller's commands would meet one.
    internal static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(25);

    private readonly Action _commit;
    private readonly ITimer _timer;
    private int _asked;

    public LaterCommit(Action commit, TimeProvider time)
    {
        _commit = commit;
        _timer = time.CreateTimer(static later => ((LaterCommit)later!).Commit(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Ask()
    {
        if (Volatile.Read(ref _asked) == 0 && Interlocked.Exchange(ref _asked, 1) == 0)
            _timer.Change(Delay, Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _timer.Dispose();

    private void Commit()
    {
        Volatile.Write(ref _asked, 0);
        _commit();
    }
}
