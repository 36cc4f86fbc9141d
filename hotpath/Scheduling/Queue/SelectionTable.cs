using System.Collections.Immutable;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Queue;

/// <summary>The selections of nodes under which jobs wait: each is kept once however many jobs share it, and for as long as one does.</summary>
internal sealed class SelectionTable
{
    /// <summary>Selections at a time. A cycle judges the jobs of each apart.</summary>
    public const int MaxSelections = 4_096;

    private readonly Dictionary<ulong, int> _jobs = [];

    /// <summary>By id. Neither the dictionary nor the sets in it ever change; they are replaced.</summary>
    public ImmutableSortedDictionary<ulong, NodeSelection> All { get; private set; } = ImmutableSortedDictionary<ulong, NodeSelection>.Empty;

    /// <summary>Jobs and selections belong together.</summary>
    public bool IsWhole => All.Count == _jobs.Count && All.Keys.All(_jobs.ContainsKey);

    public bool Has(ulong id) => All.ContainsKey(id);

    /// <param name="selection">Null: none, for which there is always room.</param>
    public bool HasRoomFor(NodeSelection? selection) => selection is null || All.Count < MaxSelections || Has(selection.Id);

    /// <param name="id">0: none.</param>
    /// <returns>Null: any.</returns>
    public NodeSet? NodesOf(ulong id) => id == 0 ? null : All[id].Nodes;

    /// <summary>From now on these are the nodes; they are copied.</summary>
    /// <returns>False when they are the same as before.</returns>
    public bool Set(NodeSelection? selection)
    {
        if (selection is null || (All.TryGetValue(selection.Id, out var known) && NodeSet.Same(known.Nodes, selection.Nodes)))
            return false;
        All = All.SetItem(selection.Id, selection with { Nodes = selection.Nodes?.Copy() });
        return true;
    }

    /// <summary>A job waits under the name.</summary>
    public void Join(ulong id)
    {
        if (id != 0)
            _jobs[id] = _jobs.GetValueOrDefault(id) + 1;
    }

    /// <summary>A job does not wait any more. With the last one the selection goes.</summary>
    public void Leave(ulong id)
    {
        if (id == 0 || --_jobs[id] > 0)
            return;
        _jobs.Remove(id);
        All = All.Remove(id);
    }

    /// <summary>The next node that gets its index is another one.</summary>
    public void NodeRemoved(int node)
    {
        foreach (var (id, selection) in All)
        {
            if (selection.Nodes?.Contains(node) != true)
                continue;
            var nodes = selection.Nodes.Copy();
            nodes.Remove(node);
            All = All.SetItem(id, selection with { Nodes = nodes });
        }
    }
}
