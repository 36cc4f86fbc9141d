namespace Pipeline.Functions.Hosting;

/// <summary>Runs a queue-triggered function; throwing means failure.</summary>
public delegate Task QueueHandler(TriggerContext context, string message, CancellationToken cancellation);

/// <summary>Runs a timer-triggered function; throwing means failure.</summary>
public delegate Task TimerHandler(TriggerContext context, TimerInfo timer, CancellationToken cancellation);

/// <summary>
/// The handlers by function name, which is the name of the function's folder. Hosts read it; handlers do not know which one calls.
/// </summary>
public sealed class FunctionRegistry
{
    private readonly Dictionary<string, QueueHandler> _queues = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TimerHandler> _timers = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, QueueHandler> Queues => _queues;

    public IReadOnlyDictionary<string, TimerHandler> Timers => _timers;

    /// <exception cref="ArgumentException">The function already has a handler.</exception>
    public FunctionRegistry AddQueue(string function, QueueHandler handler)
    {
        RefuseSecond(function);
        _queues.Add(function, handler);
        return this;
    }

    /// <exception cref="ArgumentException">The function already has a handler.</exception>
    public FunctionRegistry AddTimer(string function, TimerHandler handler)
    {
        RefuseSecond(function);
        _timers.Add(function, handler);
        return this;
    }

    private void RefuseSecond(string function)
    {
        if (_queues.ContainsKey(function) || _timers.ContainsKey(function))
            throw new ArgumentException($"Function {function} already has a handler.", nameof(function));
    }
}
