using Pipeline.Contracts.Cluster;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Snapshots;
using Pipeline.Scheduling.Tenancy;

namespace Pipeline.Hotpath.Cluster.Pending;

/// <content>Comparing with the engine, so that what got lost on the way is found.</content>
internal sealed partial class PendingBook
{
    private SchedulingPolicy? _policy;
    private MachineGroups? _groups;

    /// <summary>Compares the book with the engine: what waits here and not there is asked for again, and so is
    /// what another policy or machine group may have changed.</summary>
    public void Recheck(ClusterSnapshot snapshot)
    {
        lock (_lock)
        {
            (_policy, _groups) = (snapshot.Policy, snapshot.GroupNaming);
            DismissStrangers(snapshot);
            var jobs = snapshot.Pending().Select(job => (job.Gang is not null, job.Id)).ToHashSet();
            var projects = snapshot.Policy.Projects.Select(project => project.Name).ToHashSet(StringComparer.Ordinal);
            foreach (var entry in _order)
            {
                if (entry.Stage == Stage.Refused)
                    Become(entry, Stage.Ask);
                if (entry.Stage == Stage.Nominated)
                    LookAtPlace(entry, snapshot);
                if (entry.Stage == Stage.Preparing)
                    Become(entry, Stage.Placed);
                if (entry.Stage != Stage.Waiting)
                    continue;
                var gang = GangOf(entry.Workload.Id);
                if (!jobs.Contains(gang is null ? (false, entry.Workload.Id) : (true, gang.Id)))
                    IsMissing(entry, gang);
                else if ((gang?.Project ?? entry.Project) != WorkloadCommands.ProjectIndexOf(snapshot, entry.Workload) || !IsAdmitted(entry.Workload)
                    || entry.Profile != ProfileClaim.ProfileOf(snapshot, entry.Workload))
                    AskAnew(entry, gang);
            }

            bool IsAdmitted(ClusterWorkload workload) => projects.Count == 0 || projects.Contains(WorkloadCommands.ProjectOf(workload));
        }
    }

    // The word that its place is free, or taken back, may have got lost. It is not asked for again: where it counts already, its own rules keep it off.
    private void LookAtPlace(PendingWorkload entry, ClusterSnapshot snapshot)
    {
        var (id, node) = (entry.Workload.Id, entry.Place!.Node);
        if (!snapshot.TryFindNode(node, out NodeView holder) || snapshot.WorkloadsOf(holder).FirstOrDefault(placed => placed.Id == id) is not { Id: not 0 } place)
            Become(entry, Stage.Ask);
        else if (snapshot.MayStart(id, node, place.GpuMask))
            Place(entry, node, place.GpuMask);
    }

    // What is queued for the cluster and not pending here, or not by itself: it has gone or changed, or somebody stumbled before it could be told.
    private void DismissStrangers(ClusterSnapshot snapshot)
    {
        foreach (var job in snapshot.Pending().Where(job => job.Actor == WorkloadCommands.Actor))
        {
            if (job.Gang is not null)
                NoteQueued(job);
            else if (!_pending.ContainsKey(job.Id) || GangOf(job.Id) is not null)
                _leaving.Add(new ReleaseCommand { Workload = job.Id });
        }
    }

    /// <summary>The policy or the machine groups are others than at the last recheck.</summary>
    public bool IsOutdated(ClusterSnapshot snapshot)
    {
        lock (_lock)
            return IsOutdatedBy(snapshot);
    }

    private bool IsOutdatedBy(ClusterSnapshot snapshot) => !ReferenceEquals(_policy, snapshot.Policy) || _groups != snapshot.GroupNaming;

    private void IsMissing(PendingWorkload entry, ClusterGang? gang)
    {
        Become(entry, Stage.Ask);
        if (gang is not null)
            gang.Queued = false;
    }

    // As for gangs, see there.
    private void AskAnew(PendingWorkload entry, ClusterGang? gang)
    {
        Become(entry, Stage.Ask);
        if (gang is null)
            _leaving.Add(new ReleaseCommand { Workload = entry.Workload.Id });
    }
}
