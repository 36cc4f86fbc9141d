using Pipeline.Contracts.Cluster;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Hotpath.Cluster.Pending;

/// <content>On which nodes those may be that wait. It changes with the nodes and their labels, of which the engine's queue must be told.</content>
internal sealed partial class PendingBook
{
    private readonly Dictionary<ulong, Selecting> _told = [];
    private readonly List<ulong> _misplaced = [];

    /// <summary>What the engine has not been told yet: one for all that wait under the same filter.</summary>
    public IReadOnlyList<Selecting> Selections(ClusterSnapshot snapshot)
    {
        lock (_lock)
        {
            var (news, seen) = (new List<Selecting>(), new HashSet<ulong>());
            foreach (var entry in _order)
            {
                if (entry is not { Stage: Stage.Waiting, Workload.Nodes: { } own } || !seen.Add(own.Id))
                    continue;
                var known = _told.GetValueOrDefault(own.Id);
                var filter = known?.Filter ?? own;
                var now = new Selecting(filter, filter.Admitted(), snapshot.Membership);
                if (known is null || !ReferenceEquals(known.Admitted, now.Admitted) || known.Membership != now.Membership)
                    news.Add(now);
            }

            foreach (var gone in _told.Keys.Where(id => !seen.Contains(id)).ToList())
                _told.Remove(gone);
            return news;
        }
    }

    /// <summary>The engine has been told.</summary>
    public void Told(Selecting selection)
    {
        lock (_lock)
            _told[selection.Filter.Id] = selection;
    }

    /// <summary>By now it may not be where the engine has placed it: the place is given back and another one asked for.</summary>
    private bool Misplace(PendingWorkload entry)
    {
        _misplaced.Add(entry.Workload.Id);
        return Become(entry, Stage.Ask);
    }

    private void GiveBackMisplaced(List<Question> questions)
    {
        foreach (var workload in _misplaced)
        {
            if (Find(workload) is { Stage: < Stage.Placed })
                questions.Add(new Question(new ReleaseCommand { Workload = workload }) { GivesBack = workload });
        }

        _misplaced.Clear();
    }
}

/// <summary>The nodes that a filter admits.</summary>
/// <param name="Admitted">Their names; null: any.</param>
/// <param name="Membership">Of the snapshot that says what their indices are.</param>
internal sealed record Selecting(INodeFilter Filter, IReadOnlyCollection<string>? Admitted, long Membership)
{
    public SelectNodesCommand ToCommand(ClusterSnapshot snapshot) => new() { Selection = WorkloadCommands.SelectionOf(Filter.Id, Admitted, snapshot) };
}
