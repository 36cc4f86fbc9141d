namespace Pipeline.Hotpath.Cluster.Pending;

/// <content>
/// Of the workloads whose places depend on each other one evicts others at a time (<see cref="Contracts.Cluster.INodeFilter.PreemptsInTurn"/>): the
/// next may do so when the cluster counts this one where it goes.
/// </content>
internal sealed partial class PendingBook
{
    private ulong _turn;

    /// <summary>Nobody has the turn.</summary>
    public bool IsTurnFree
    {
        get
        {
            lock (_lock)
                return _turn == 0 || Find(_turn) is null;
        }
    }

    /// <summary>A cycle has had others leave for it.</summary>
    /// <param name="workload">0: it has had nobody leave.</param>
    public void TakeTurn(ulong workload)
    {
        lock (_lock)
        {
            // By now it may have lost the place again.
            if (Find(workload) is { Stage: Stage.Waiting or Stage.Nominated })
                _turn = workload;
        }
    }

    /// <summary>From now on the workload counts where it goes.</summary>
    public void Claimed(ulong workload)
    {
        lock (_lock)
            GiveTurnBack(workload);
    }

    private void GiveTurnBack(ulong workload) => _turn = _turn == workload ? 0 : _turn;
}
