namespace Pipeline.Simulation.Tests.Core;

/// <summary>
/// What will happen, in the order of time and, at the same instant, of planning. What a process has planned dies with it: an event is
/// tagged with the life that planned it.
/// </summary>
internal sealed class Schedule
{
    /// <summary>The tag of events of the world outside, which no crash takes away.</summary>
    public const int World = 0;

    private readonly PriorityQueue<(Action Happen, int Life), (long At, long Order)> _queue = new();
    private long _order;

    /// <summary>Unix milliseconds.</summary>
    public long Now { get; private set; } = 1_767_225_600_000;

    /// <summary>The life of the product's process; 0 while it is down.</summary>
    public int Life { get; private set; }

    private int _lives;

    public void Begin() => Life = ++_lives;

    /// <summary>Whatever the process has planned will not happen.</summary>
    public void End() => Life = 0;

    public void After(long delay, Action happen) => Add(delay, happen, World);

    /// <summary>Happens only if the process that is alive now still is then.</summary>
    public void InProcess(long delay, Action happen) => Add(delay, happen, Life);

    /// <returns>False when nothing is left until <paramref name="end"/>.</returns>
    public bool Step(long end)
    {
        while (_queue.TryPeek(out var next, out var when) && when.At <= end)
        {
            _queue.Dequeue();
            if (next.Life != World && next.Life != Life)
                continue;
            Now = when.At;
            next.Happen();
            return true;
        }

        Now = end;
        return false;
    }

    private void Add(long delay, Action happen, int life) => _queue.Enqueue((happen, life), (Now + Math.Max(0, delay), ++_order));
}
