using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Kubernetes.Translation;
using Pipeline.Hotpath.Cluster.Kubernetes.Volumes;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Watching;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Model;

/// <content>The volumes of pods. They limit the nodes of a pod that waits, and have to come to its node before it is bound.</content>
internal sealed partial class KubernetesModel
{
    // Claims, volumes, classes, and what nodes can attach.
    private const int VolumeKinds = 4;

    private readonly VolumeTable _volumes = new();
    private readonly HashSet<Type> _volumesRead = [];
    private readonly TaskCompletionSource _volumesNeeded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ClaimUsers Users => field ??= new ClaimUsers(options.SchedulerName, TouchRivals);

    private ClaimHolders Holders => field ??= new ClaimHolders(_volumes, HoldersChanged);

    /// <summary>Completes when a pod of ours names a claim: until then nobody has to follow volumes.</summary>
    public Task VolumesNeeded => _volumesNeeded.Task;

    public void Apply(Change<PersistentVolumeClaim> change) => Apply(
        change, _volumes.Claims.Select(claim => claim.Name), (claim, listed) => PutClaim(VolumeClaim.Of(claim), listed), name => RemoveClaim(_volumes.FindClaim(name)));

    public void Apply(Change<PersistentVolume> change) => Apply(
        change, _volumes.Volumes.Select(volume => (ObjectName)volume.Name),
        (volume, listed) => PutVolume(Volume.Of(volume), listed), name => RemoveVolume(_volumes.FindVolume(name.Name)));

    public void Apply(Change<StorageClass> change) => Apply(
        change, _volumes.Classes.Select(name => (ObjectName)name),
        (given, _) =>
        {
            var (before, now) = (_volumes.FindClass(given.Metadata.Name), VolumeClass.Of(given));
            _volumes.Put(given.Metadata.Name, now);
            if (before?.Provisioner != now.Provisioner)
                Holders.Look();
            TouchClaims(Users.All);
        },
        name =>
        {
            _volumes.RemoveClass(name.Name);
            Holders.Look();
            TouchClaims(Users.All);
        });

    public void Apply(Change<CsiNode> change) => Apply(
        change, Holders.Attachments.Nodes.Select(node => (ObjectName)node),
        (node, _) => Limit(
            node.Metadata.Name,
            node.Spec.Drivers.Where(driver => driver.Allocatable.Count.HasValue).DistinctBy(driver => driver.Name)
                .ToDictionary(driver => driver.Name, driver => driver.Allocatable.Count!.Value, StringComparer.Ordinal)),
        name => Limit(name.Name, new Dictionary<string, int>()));

    /// <summary>The server shows the claim with the node that was selected for the pod; the watch will do so later.</summary>
    public void Selected(ulong pod, PersistentVolumeClaim claim)
    {
        lock (_gate)
        {
            _pods.Find(pod)?.Preparation?.Told.Add(claim.Metadata.Uid);
            if (_volumes.FindClaim(claim.FullName)?.Uid == claim.Metadata.Uid)
                PutClaim(VolumeClaim.Of(claim), listed: false);
            Signal();
        }
    }

    /// <summary>A volume as an answer of the server shows it, ahead of the watch.</summary>
    public void Seen(PersistentVolume volume)
    {
        lock (_gate)
        {
            if (_volumes.FindVolume(volume.Metadata.Name) is not null)
                PutVolume(Volume.Of(volume), listed: false);
            Signal();
        }
    }

    /// <summary>The pod's volumes cannot be brought to the node that it was given.</summary>
    public void GiveUp(ulong pod)
    {
        lock (_gate)
        {
            if (_pods.Find(pod) is { } entry)
                GiveUp(entry, "");
        }
    }

    /// <summary>A volume may be tried again on the node.</summary>
    public void AllowAgain(ulong pod, string node)
    {
        lock (_gate)
        {
            if (_pods.Find(pod)?.Avoided.Remove(node) != true)
                return;
            _dirtyPods.Add(pod);
            Signal();
        }
    }

    /// <summary>The pod has its place, waits for its volumes there, and cannot have been bound.</summary>
    public bool IsPreparing(ulong pod)
    {
        lock (_gate)
            return _pods.Find(pod) is { Preparation: not null, Unsure: null };
    }

    /// <summary>How far the pod's volumes are on their way to the node, and what is to be written next. May be asked again and again.</summary>
    /// <param name="timedOut">Says of a timestamp that the wait since then was too long.</param>
    public VolumeStep PrepareVolumes(ulong pod, string node, long now, Func<long, bool> timedOut)
    {
        lock (_gate)
        {
            if (_pods.Find(pod) is not { } entry || (Users.ClaimsOf(pod).Count == 0 && entry.Preparation is null))
                return VolumeStep.Ready;
            var volumes = VolumesOf(entry);
            var begun = entry.Preparation?.Node == node ? entry.Preparation : null;
            if (begun is not null)
                begun.IsOutdated = false;
            if (begun is not null && volumes.Open.FirstOrDefault(claim => begun.Told.Contains(claim.Uid)) is { } rejected)
            {
                entry.Avoided.Add(node);
                return GiveUp(entry, $"the volume of PersistentVolumeClaim '{rejected.Name.Name}' cannot be made for node {node}") with { IsRejected = true };
            }

            // What a controller does meanwhile is waited for, once the place is ours.
            var isWaited = begun is not null && volumes.IsPassing;
            if (_nodes.Find(node) is not { } there || (volumes.Problem.Length > 0 && !isWaited) || !volumes.TryMatch(there, out var matches))
                return GiveUp(entry, "");
            if (volumes.AreBound)
                return VolumeStep.Ready;
            if (begun is not null && timedOut(begun.Begun))
                return GiveUp(entry, $"the pod's volumes have not come to node {node} in time");
            entry.Preparation = begun ??= new Preparation(node, volumes, now);
            return Next(begun, volumes, matches);
        }
    }

    private VolumeStep Next(Preparation preparation, PodVolumes volumes, Volume?[] matches)
    {
        var (toSelect, toKeep) = (new List<VolumeClaim>(), new List<(Volume, VolumeClaim)>());
        foreach (var claim in volumes.Chosen)
        {
            if (claim.SelectedNode.Length > 0)
                preparation.Told.Add(claim.Uid);
            else if (_volumes.KeptFor(claim) is { IsAssumed: true } kept)
                toKeep.Add((kept, claim));
        }

        foreach (var (claim, match) in volumes.Open.Zip(matches))
        {
            if (match is null)
                toSelect.Add(claim);
            else
                toKeep.Add((match, claim));
        }

        foreach (var (volume, claim) in toKeep)
            _volumes.Assume(volume, claim);
        return new VolumeStep(Readiness.Preparing) { ToSelect = toSelect, ToKeep = toKeep };
    }

    private VolumeStep GiveUp(PodEntry entry, string problem)
    {
        entry.Preparation = null;
        Unclaim(entry);
        foreach (var claim in Users.ClaimsOf(entry.Id))
            _volumes.Forget(claim.Name);
        _dirtyPods.Add(entry.Id);
        Signal();
        return VolumeStep.Refused with { Problem = problem };
    }

    private PodVolumes VolumesOf(PodEntry entry)
    {
        if (Users.ClaimsOf(entry.Id) is not { Count: > 0 } claims)
            return PodVolumes.None;
        if (_volumesRead.Count < VolumeKinds)
            return PodVolumes.Unread;
        return PodVolumes.Of(entry.Pod.Metadata.Uid, claims, _volumes, Holders, entry.Avoided, isOfGang: PodTranslation.GangNameOf(entry.Pod).Length > 0);
    }

    private void Apply<T>(Change<T> change, IEnumerable<ObjectName> known, Action<T, bool> put, Action<ObjectName> remove)
        where T : KubernetesObject
    {
        lock (_gate)
        {
            switch (change)
            {
                case Change<T>.Put { Item: var item }:
                    put(item, false);
                    break;
                case Change<T>.Deleted { Item: var item }:
                    remove(item.FullName);
                    break;
                case Change<T>.Replaced { Items: var items }:
                    foreach (var gone in known.Except(items.Select(item => item.FullName)).ToList())
                        remove(gone);
                    foreach (var item in items)
                        put(item, true);
                    if (_volumesRead.Add(typeof(T)))
                        TouchClaims(Users.All);
                    break;
            }

            Signal();
        }
    }

    private void PutClaim(VolumeClaim claim, bool listed)
    {
        if (!listed && _volumes.FindClaim(claim.Name) is { } known && known.Uid == claim.Uid && IsNewer(known.Version, claim.Version))
            return;
        _volumes.Put(claim);
        Holders.Look(claim.Name);
        TouchClaims(Users.Of(claim.Name));
    }

    private void RemoveClaim(VolumeClaim? claim)
    {
        if (claim is null)
            return;
        _volumes.Remove(claim);
        Holders.Look(claim.Name);
        TouchClaims(Users.Of(claim.Name));
    }

    private void PutVolume(Volume volume, bool listed)
    {
        if (!listed && _volumes.FindVolume(volume.Name) is { } known && IsNewer(known.Version, volume.Version))
            return;
        _volumes.Put(volume);
        TouchClaimOf(volume);
    }

    private void RemoveVolume(Volume? volume)
    {
        if (volume is null)
            return;
        _volumes.RemoveVolume(volume.Name);
        TouchClaimOf(volume);
    }

    private void TouchClaimOf(Volume volume)
    {
        if (volume.Claim is not { } claim)
            return;
        Holders.Look(claim);
        TouchClaims(Users.Of(claim));
    }

    private void Limit(string node, IReadOnlyDictionary<string, int> limits)
    {
        if (Holders.Attachments.Limit(node, limits))
            TouchClaims(Users.All);
    }

    /// <param name="isOnly">See <see cref="ClaimHolders"/>.</param>
    private void HoldersChanged(ObjectName claim, bool isOnly)
    {
        // A node that has the volume needs no room for it.
        if (isOnly && _volumes.AttachmentOf(claim) is { } volume && Holders.Attachments.IsLimited(volume.Driver))
            TouchClaims(Users.Of(claim));
        else
            TouchRivals(claim);
    }

    private void TouchClaims(IReadOnlyCollection<ulong> pods)
    {
        foreach (var pod in pods)
        {
            if (_pods.Find(pod)?.Preparation is { } preparation)
                preparation.IsOutdated = true;
            _dirtyPods.Add(pod);
        }
    }

    /// <summary>Why the gang of the pod can never start: two of it want a claim that one at a time may use. Null: nothing of the kind.</summary>
    private string? ProblemInGang(PodEntry entry)
    {
        var gang = PodTranslation.GangNameOf(entry.Pod);
        foreach (var claim in Users.ClaimsOf(entry.Id))
        {
            if (_volumes.FindClaim(claim.Name) is { IsForOnePod: true }
                && Users.Of(claim.Name).Select(user => _pods.Find(user)?.Pod).FirstOrDefault(pod => pod is not null && pod != entry.Pod && PodTranslation.GangNameOf(pod) == gang) is { } other)
                return $"PersistentVolumeClaim '{claim.Name.Name}' has spec.accessModes {VolumeNames.OnePod}, and pod '{other.Metadata.Name}' of the same gang names it as well";
        }

        return null;
    }

    // Of most claims any number of pods may be users, and there may be many.
    private void TouchRivals(ObjectName claim)
    {
        if (_volumes.FindClaim(claim) is { IsForOnePod: true })
            TouchClaims(Users.Of(claim));
    }

    private void NoteUser(PodEntry entry)
    {
        Users.Put(entry);
        if (Users.All.Count > 0)
            _volumesNeeded.TrySetResult();
    }
}
