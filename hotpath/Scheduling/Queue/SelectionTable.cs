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

    /// <param name="selections">Null among them: none, for which there is always room.</param>
    /// <param name="leaving">The job that waits under them instead, or null: what only it waits under goes.</param>
    public bool HasRoomFor(ImmutableArray<NodeSelection?> selections, PendingJob? leaving)
    {
        var come = selections.Where(selection => selection is not null && !Has(selection.Id)).DistinctBy(selection => selection!.Id).Count();
        return All.Count + come <= MaxSelections || All.Count + come - GoneWith(leaving, selections) <= MaxSelections;
    }

    /// <returns>On which nodes members of the role may be; null: on any.</returns>
    public NodeSet? NodesOf(PendingJob job, int role = 0) => job.SelectionOf(role) is not 0 and var id ? All[id].Nodes : null;

    /// <summary>From now on these are the nodes; they are copied.</summary>
    /// <returns>False when they are the same as before.</returns>
    public bool Set(NodeSelection? selection)
    {
        if (selection is null || (All.TryGetValue(selection.Id, out var known) && NodeSet.Same(known.Nodes, selection.Nodes)))
            return false;
        All = All.SetItem(selection.Id, selection with { Nodes = selection.Nodes?.Copy() });
        return true;
    }

    /// <summary>From now on these are the nodes of each.</summary>
    /// <returns>False when they are the same as before.</returns>
    public bool Set(ImmutableArray<NodeSelection?> selections)
    {
        var changed = false;
        foreach (var selection in selections)
            changed |= Set(selection);
        return changed;
    }

    /// <summary>A job waits under the names.</summary>
    public void Join(PendingJob job)
    {
        foreach (var id in job.Selections)
        {
            if (id != 0)
                _jobs[id] = _jobs.GetValueOrDefault(id) + 1;
        }
    }

    /// <summary>A job does not wait any more. With the last one under a name the selection goes.</summary>
    public void Leave(PendingJob job)
    {
        foreach (var id in job.Selections)
        {
            if (id == 0 || --_jobs[id] > 0)
                continue;
            _jobs.Remove(id);
            All = All.Remove(id);
        }
    }

    private int GoneWith(PendingJob? job, ImmutableArray<NodeSelection?> selections)
        => job is null ? 0 : job.Selections.GroupBy(id => id).Count(
            same => same.Key != 0 && _jobs[same.Key] == same.Count() && !selections.Any(selection => selection?.Id == same.Key));

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
