using Microsoft.Extensions.Logging;
using Pipeline.Contracts;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Pending;
using Pipeline.Hotpath.Loop;
using Pipeline.Scheduling;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Model;
using Pipeline.Scheduling.Snapshots;

namespace Pipeline.Hotpath.Cluster;

/// <summary>Tells the cluster the places that the engine has found, and the engine what the cluster made of them.</summary>
/// <param name="outdated">Called when there is more to do at once: the engine must be asked again, or a node may be ready.</param>
internal sealed class WorkloadBinds(ICluster cluster, EngineLoop loop, PendingBook book, Action outdated, TimeProvider time, ILogger logger)
{
    /// <summary>
    /// Calls under way at a time. An API server commits many writes at once, so a few at a time leave it idle; and of these some are at the
    /// engine just then, which is told where the workload is before the next one is called for.
    /// </summary>
    public const int Parallel = 128;

    private static readonly TimeSpan SayAgain = TimeSpan.FromSeconds(5);

    private readonly Pace _said = new(time, SayAgain);
    private readonly SemaphoreSlim _slots = new(Parallel);
    private readonly List<Task> _underWay = [];

    /// <summary>Begins to tell all places that there are. Most may be under way when it returns; <see cref="RunAsync"/> waits for them.</summary>
    public async Task BeginAsync(CancellationToken cancellation)
    {
        _underWay.RemoveAll(task => task.IsCompleted);
        foreach (var workload in book.TakeUnplaced())
            cluster.Unplaced(workload);
        var nominees = book.TakeNominees();
        var refused = Refused(nominees.Select(nominee => (nominee.Workload, new WorkloadBinding(nominee.Workload.Id, nominee.Node, 0))));
        foreach (var nominee in nominees)
            await BeginAsync(() => NominateAsync(nominee, refused.Contains(nominee.Workload.Id), cancellation), cancellation).ConfigureAwait(false);
        var placements = book.TakePlaced();
        refused = Refused(placements.Where(placement => placement is { Unsure: false, Told: false, Held: false }).Select(placement => (placement.Workload, placement.Place)));
        foreach (var placement in placements)
            await BeginAsync(() => TellAsync(placement, refused.Contains(placement.Workload.Id), cancellation), cancellation).ConfigureAwait(false);
    }

    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            await BeginAsync(cancellation).ConfigureAwait(false);
        }
        finally
        {
            await Task.WhenAll(_underWay).ConfigureAwait(false);
        }
    }

    /// <summary>Members of gangs of which one may not be where it is to go by now: each is placed anew, since one without the others would be half a gang.</summary>
    private HashSet<ulong> Refused(IEnumerable<(ClusterWorkload Workload, WorkloadBinding Place)> places)
    {
        var refused = new HashSet<ulong>();
        foreach (var gang in places.Where(place => place.Workload.Labels.Gang is not null).GroupBy(place => (place.Workload.Namespace, place.Workload.Labels.Gang!.Name)))
        {
            var members = gang.Select(place => place.Place).ToList();
            if (members.Count > 1 && !cluster.Claim(members))
                refused.UnionWith(members.Select(place => place.Workload));
        }

        return refused;
    }

    private async Task NominateAsync(Nominee nominee, bool refused, CancellationToken cancellation)
    {
        try
        {
            if (refused || !await cluster.NominateAsync(nominee.Workload.Id, nominee.Node, cancellation).ConfigureAwait(false))
            {
                await GiveBackAsync(nominee.Workload.Id).ConfigureAwait(false);
                outdated();
            }
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested)
        {
            // For people to see; the place is kept all the same.
            ClusterLog.NominationFailed(logger, nominee.Workload.Name, exception);
        }

        book.Claimed(nominee.Workload.Id);
    }

    /// <summary>Members of gangs that are complete by now. One that is not reached is looked at again when its scheduler does so by itself.</summary>
    public Task NudgeAsync(CancellationToken cancellation) => System.Threading.Tasks.Parallel.ForEachAsync(
        book.TakeCalledBack(), new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellation },
        async (member, _) =>
        {
            try
            {
                await cluster.NudgeAsync(member, cancellation).ConfigureAwait(false);
            }
            catch (Exception exception) when (!cancellation.IsCancellationRequested)
            {
                ClusterLog.NudgeFailed(logger, member, exception);
            }
        });

    /// <summary>Takes a place back, unless the cluster has said meanwhile where the workload is: then that is what holds, whichever of the two came first.</summary>
    public async Task UndoAsync(Command command)
    {
        // What runs is never released, not even for the moment until it is told again: others would get its GPUs.
        if (await IsBoundMeanwhileAsync(command).ConfigureAwait(false))
            return;
        await loop.SubmitAsync(command).ConfigureAwait(false);
        await IsBoundMeanwhileAsync(command).ConfigureAwait(false);
    }

    private async Task<bool> IsBoundMeanwhileAsync(Command command)
    {
        if (command is not ReleaseCommand { Workload: var id } || book.BoundMeanwhile(id) is not { } there)
            return false;
        await loop.SubmitAsync(WorkloadCommands.BindOf(loop.Snapshot, there)).ConfigureAwait(false);
        return true;
    }

    private async Task BeginAsync(Func<Task> call, CancellationToken cancellation)
    {
        await _slots.WaitAsync(cancellation).ConfigureAwait(false);
        _underWay.Add(InSlotAsync(call));
    }

    private async Task InSlotAsync(Func<Task> call)
    {
        try
        {
            await call().ConfigureAwait(false);
        }
        finally
        {
            _slots.Release();
        }
    }

    private async Task TellAsync(Placement placement, bool refused, CancellationToken cancellation)
    {
        try
        {
            await (placement switch
            {
                { Unsure: true, Told: true } => BindAgainAsync(placement, cancellation),
                { Unsure: true } => SettleAsync(placement, bound: false),
                _ => refused ? RefuseAsync(placement) : BindAsync(placement, cancellation),
            }).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested)
        {
            // One that stumbles keeps no other from its place, and comes up again in the next pass.
            Say(exception);
            book.Unsure(placement.Workload.Id);
        }
    }

    private async Task BindAsync(Placement placement, CancellationToken cancellation)
    {
        // Taken once: whenever the loop has moved on, it has to publish another.
        var (place, snapshot) = (placement.Place, loop.Snapshot);
        // The word that there is a place may come late, when the place is somebody else's or others have to leave it.
        if (!snapshot.MayStart(place.Workload, place.Node, place.GpuMask))
        {
            book.NotBound(place.Workload);
            outdated();
            return;
        }

        // The place is from before, from minutes before where its node had to be made ready; the mark that would keep others away may not have
        // reached the cluster, and the drain may be over.
        if (!IsHealthy(snapshot, place.Node))
        {
            await RefuseAsync(placement).ConfigureAwait(false);
            return;
        }

        if (!await PreparedAsync(placement, cancellation).ConfigureAwait(false))
            return;
        book.Telling(placement.Workload.Id);
        bool bound;
        try
        {
            bound = await cluster.BindAsync(place, cancellation).ConfigureAwait(false);
        }
        catch (HotpathUnavailableException exception) when (exception.Refused)
        {
            Say(exception);
            bound = false;
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested)
        {
            Say(exception);
            // What the engine only assumes runs out, and to find out where the workload is takes as long as the cluster is away: others would get its GPUs.
            await EnterAsync(placement).ConfigureAwait(false);
            await BindAgainAsync(placement, cancellation).ConfigureAwait(false);
            return;
        }

        await SettleAsync(placement, bound).ConfigureAwait(false);
    }

    /// <summary>
    /// A bind whose answer was lost may have taken effect, or may do so yet, after the cluster has said that the workload is nowhere, and after it
    /// has refused another one: what it refused may be allowed by then. Until it has said that the workload is there, elsewhere or gone, the
    /// workload is placed nowhere else: its GPUs would count as free, and others would get them.
    /// </summary>
    private async Task BindAgainAsync(Placement placement, CancellationToken cancellation)
    {
        var place = placement.Place;
        var bound = IsHealthy(loop.Snapshot, place.Node)
            ? await cluster.BindAsync(place, cancellation).ConfigureAwait(false)
            // Nothing new goes there; what has come is drained with the rest.
            : (await cluster.ListWorkloadsAsync(place.Node, cancellation).ConfigureAwait(false)).Any(known => known.Id == place.Workload && known.GpuMask == place.GpuMask);
        await SettleAsync(placement, bound).ConfigureAwait(false);
    }

    /// <summary>
    /// Binds what another scheduler has asked a place for, which the engine counts as bound from before the cluster is told: an assumption may run out
    /// meanwhile, and others would get its GPUs.
    /// </summary>
    /// <returns>False: it has no such place any more, or the cluster does not take it; it has none now.</returns>
    /// <exception cref="HotpathUnavailableException">
    /// The cluster has refused it, and the place is given back; or it has not answered this bind or an earlier one, which is repeated as long as it takes.
    /// </exception>
    public async Task<bool> BindForeignAsync(WorkloadBinding place)
    {
        var workload = book.Pending(place.Workload);
        var isFirst = book.TellingForeign(place);
        try
        {
            // Not by saying where it is, which would take GPUs that are somebody else's by now.
            var replies = new Reply[2];
            Command[] keep = [new ConfirmCommand { Workload = place.Workload }, new LocateCommand { Workload = place.Workload }];
            await loop.ExecuteAsync(keep, replies).ConfigureAwait(false);
            var bound = replies[1].Detail is WorkloadPlace kept && (kept.Node, replies[1].GpuMask) == (place.Node, place.GpuMask)
                && await cluster.BindAsync(place, CancellationToken.None).ConfigureAwait(false);
            if (!bound)
                await GiveBackAsync(place.Workload).ConfigureAwait(false);
            else if (workload is not null)
                book.Bound(workload with { Node = place.Node, GpuMask = place.GpuMask });
            return bound;
        }
        catch (HotpathUnavailableException exception) when (exception.Refused && isFirst)
        {
            await GiveBackAsync(place.Workload).ConfigureAwait(false);
            throw;
        }
        catch (Exception exception)
        {
            Say(exception);
            book.Unsure(place.Workload);
            outdated();
            throw;
        }
    }

    private static bool IsHealthy(ClusterSnapshot snapshot, string node) => snapshot.TryFindNode(node, out NodeView known) && known.Health == NodeHealth.Healthy;

    /// <summary>
    /// What a workload needs on its node may take minutes to come there, in which the assumption of its place would run out: the engine counts it
    /// as bound from then on.
    /// </summary>
    /// <returns>False: there is nothing to bind now.</returns>
    private async Task<bool> PreparedAsync(Placement placement, CancellationToken cancellation)
    {
        var place = placement.Place;
        switch (await cluster.PrepareAsync(place, cancellation).ConfigureAwait(false))
        {
            case Readiness.Ready:
                return true;
            case Readiness.Preparing:
                if (!placement.Held)
                    await EnterAsync(placement).ConfigureAwait(false);
                if (book.Preparing(place.Workload))
                    outdated();
                return false;
            default:
                await RefuseAsync(placement).ConfigureAwait(false);
                return false;
        }
    }

    /// <summary>It is placed anew.</summary>
    private async Task RefuseAsync(Placement placement)
    {
        await SettleAsync(placement, bound: false).ConfigureAwait(false);
        outdated();
    }

    private void Say(Exception failure)
    {
        if (_said.IsDue())
            ClusterLog.BindingFailed(logger, failure);
    }

    private async Task SettleAsync(Placement placement, bool bound)
    {
        var (workload, place) = (placement.Workload, placement.Place);
        if (!bound)
        {
            await GiveBackAsync(workload.Id).ConfigureAwait(false);
            return;
        }

        await EnterAsync(placement).ConfigureAwait(false);
        book.Bound(place);
    }

    private async Task GiveBackAsync(ulong workload)
    {
        await UndoAsync(new ReleaseCommand { Workload = workload }).ConfigureAwait(false);
        book.NotBound(workload);
    }

    /// <summary>Has the engine count the workload as bound.</summary>
    private async Task EnterAsync(Placement placement)
    {
        var (workload, place) = (placement.Workload, placement.Place);
        if (!book.Has(workload.Id))
            return;
        // Says where, since the engine may have another place in mind by now: the assumption ran out, or what it said first came late.
        await loop.SubmitAsync(WorkloadCommands.BindOf(loop.Snapshot, workload with { Node = place.Node, GpuMask = place.GpuMask })).ConfigureAwait(false);
        // Had it gone in between, its release would have come too early.
        if (!book.Has(workload.Id))
            await UndoAsync(new ReleaseCommand { Workload = workload.Id }).ConfigureAwait(false);
    }
}
