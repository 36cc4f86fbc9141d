namespace Pipeline.Functions.Notify;

/// <summary>Keeps a line from being logged again at every retry. Bounded: the oldest are forgotten and may be said again.</summary>
internal sealed class SaidOnce
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _said = [];
    private readonly Queue<string> _order = new();

    /// <summary>True the first time.</summary>
    public bool First(string what)
    {
        lock (_gate)
        {
            if (!_said.Add(what))
                return false;
            _order.Enqueue(what);
            if (_order.Count > NotifyLimits.Remembered)
                _said.Remove(_order.Dequeue());
            return true;
        }
    }
}
