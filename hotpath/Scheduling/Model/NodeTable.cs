namespace Pipeline.Scheduling.Model;

/// <summary>The nodes, as columns indexed by a dense node index that a node keeps while it exists.</summary>
public sealed class NodeTable
{
    /// <summary>GPUs that a node can have at most; the stride of the per-GPU columns.</summary>
    public const int MaxGpus = 16;

    private readonly Dictionary<string, int> _byName = new(StringComparer.Ordinal);
    private readonly List<string> _names = [];
    private readonly List<long> _quarantinedBy = [];
    private readonly List<uint> _badGpus = [];

    /// <summary>Nodes that exist.</summary>
    public int Count => _byName.Count;

    public bool TryFind(string name, out int node) => _byName.TryGetValue(name, out node);

    public string NameOf(int node) => _names[node];

    /// <summary>Number of the run that holds the node out of scheduling, or 0.</summary>
    public long QuarantinedBy(int node) => _quarantinedBy[node];

    /// <summary>GPUs that no workload may get.</summary>
    public uint BadGpusOf(int node) => _badGpus[node];

    /// <summary>Takes the node out of scheduling in the name of a run (or, with 0, gives it back).</summary>
    public void SetQuarantine(int node, long run) => _quarantinedBy[node] = run;

    public void SetBadGpus(int node, uint mask) => _badGpus[node] = mask;

    internal int Add(string name)
    {
        var node = _names.Count;
        _byName.Add(name, node);
        _names.Add(name);
        _quarantinedBy.Add(0);
        _badGpus.Add(0);
        return node;
    }
}
