using Microsoft.AspNetCore.Http;

namespace Pipeline.Kubernetes.Tests.Support;

/// <summary>Nodes with their history, as an API server has them: watches go on from any version that is not forgotten, and end when a test says so.</summary>
internal sealed class HistoryServer(int seed)
{
    private readonly Lock _gate = new();
    private readonly Random _random = new(seed);
    private readonly List<(int Version, string Line)> _history = [];
    private readonly SortedDictionary<string, int> _nodes = [];
    private int _version = 100;
    private int _forgotten = 100;
    private TaskCompletionSource _changed = new();
    private TaskCompletionSource<bool> _cut = new();

    public IReadOnlyDictionary<string, int> Nodes
    {
        get
        {
            lock (_gate)
                return new Dictionary<string, int>(_nodes);
        }
    }

    public void Put(string name)
    {
        lock (_gate)
            Add(_nodes.ContainsKey(name) ? "MODIFIED" : "ADDED", name, () => _nodes[name] = _version);
    }

    public void Delete(string name)
    {
        lock (_gate)
        {
            if (_nodes.ContainsKey(name))
                Add("DELETED", name, () => _nodes.Remove(name));
        }
    }

    /// <summary>Versions up to now can no longer be watched from.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            _version++;
            _forgotten = _version;
            _history.Clear();
        }
    }

    /// <param name="rudely">By a reset, not by an end.</param>
    public void CutWatches(bool rudely)
    {
        TaskCompletionSource<bool> cut;
        lock (_gate)
            (cut, _cut) = (_cut, new());
        cut.SetResult(rudely);
    }

    public async Task ServeAsync(HttpContext context, int number, CancellationToken stop)
    {
        if (!context.Request.Query.ContainsKey("watch"))
        {
            await context.JsonAsync(List());
            return;
        }

        var from = int.Parse(context.Request.Query["resourceVersion"]!, System.Globalization.CultureInfo.InvariantCulture);
        while (true)
        {
            List<string> lines;
            Task changed;
            Task<bool> cut;
            lock (_gate)
            {
                (changed, cut) = (_changed.Task, _cut.Task);
                lines = from < _forgotten
                    ? [Says.Event("ERROR", Says.Status(410, "Expired"))]
                    : [.. _history.Where(entry => entry.Version > from).Select(entry => entry.Line)];
                if (from < _forgotten)
                    changed = Task.Delay(Timeout.Infinite, stop);
                from = Math.Max(from, _version);
            }

            // In pieces that know nothing of lines.
            for (var text = string.Concat(lines); text.Length > 0;)
            {
                var length = Math.Min(text.Length, Next(400) + 1);
                await context.LinesAsync(text[..length]);
                text = text[length..];
                if (cut.IsCompleted)
                    break;
            }

            if (lines.Count == 0)
                await context.LinesAsync(Says.Bookmark(from));
            await Task.WhenAny(changed, cut).WaitAsync(stop);
            if (!cut.IsCompleted)
                continue;
            if (await cut)
                context.Abort();
            return;
        }
    }

    private int Next(int bound)
    {
        lock (_gate)
            return _random.Next(bound);
    }

    private string List()
    {
        lock (_gate)
            return Says.NodeList(_version, null, [.. _nodes.Select(node => Says.Node(node.Key, node.Value))]);
    }

    private void Add(string type, string name, Action change)
    {
        _version++;
        change();
        _history.Add((_version, Says.Event(type, Says.Node(name, _version))));
        var changed = _changed;
        _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.SetResult();
    }
}
