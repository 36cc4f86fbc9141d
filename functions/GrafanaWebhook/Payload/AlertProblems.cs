namespace Pipeline.Functions.GrafanaWebhook.Payload;

/// <summary>Alerts of a notification that cannot be used.</summary>
internal sealed class AlertProblems
{
    // One template is wrong in the same way in each of its alerts, so the first ones tell all there is to know.
    private const int MaxTold = 10;

    private readonly List<string> _told = [];

    /// <summary>How many alerts cannot be used.</summary>
    public int Count { get; private set; }

    /// <summary>What is wrong with the first of them; each begins with the field.</summary>
    public IReadOnlyList<string> Told => _told;

    public void Add(string problem)
    {
        Count++;
        if (_told.Count < MaxTold)
            _told.Add(problem);
    }
}
