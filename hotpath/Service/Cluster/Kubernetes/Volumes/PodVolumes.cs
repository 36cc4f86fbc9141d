using System.Diagnostics.CodeAnalysis;
using Pipeline.Hotpath.Cluster.Kubernetes.Translation;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Volumes;

/// <summary>
/// What the claims of a pod come to now: why it has to wait, or the nodes that it may be on (kube-scheduler's VolumeBinding, VolumeZone,
/// NodeVolumeLimits and, for ReadWriteOncePod, VolumeRestrictions plugins). What it says of nodes stays true for every pod with an equal <see cref="Key"/>.
/// </summary>
internal sealed class PodVolumes
{
    private readonly VolumeTable _table;
    private readonly ClaimHolders _holders;
    private readonly IReadOnlyCollection<string> _avoided;
    private readonly List<VolumeReach> _reaches = [];
    private readonly List<string> _selected = [];
    private readonly List<VolumeRequest> _requests = [];
    private readonly List<Attachment> _attached = [];
    private readonly List<Attachment> _asked = [];
    private readonly List<VolumeClaim> _open = [];
    private readonly List<VolumeClaim> _chosen = [];

    private PodVolumes(VolumeTable table, ClaimHolders holders, IReadOnlyCollection<string> avoided) => (_table, _holders, _avoided) = (table, holders, avoided);

    /// <summary>A pod without claims.</summary>
    public static PodVolumes None { get; } = Without();

    /// <summary>Of a pod with claims while nobody knows what there is.</summary>
    public static PodVolumes Unread { get; } = Without("the volumes of the cluster have not been read yet");

    /// <summary>Why the pod cannot be placed, whatever is free; empty: it can.</summary>
    public string Problem { get; private set; } = "";

    /// <summary>Nobody has to do anything about <see cref="Problem"/>: a controller is at work.</summary>
    public bool IsPassing { get; private set; }

    /// <summary>Another pod has a claim that one at a time may use.</summary>
    public bool AreTaken { get; private set; }

    /// <summary>Equal for pods that may be on the same nodes; empty: on all.</summary>
    public string Key { get; private set; } = "";

    /// <summary>Changes when other nodes may do, beside those whose own labels change.</summary>
    public long Version => (_requests.Count == 0 ? 0 : _table.Version) + (_asked.Count == 0 ? 0 : _holders.Attachments.Version);

    /// <summary>Every claim has its volume.</summary>
    public bool AreBound => Problem.Length == 0 && _open.Count + _chosen.Count == 0;

    /// <summary>Claims that have neither a volume nor somebody who makes one.</summary>
    public IReadOnlyList<VolumeClaim> Open => _open;

    /// <summary>Claims that are about to get their volume: it is kept for them, or being made for a node.</summary>
    public IReadOnlyList<VolumeClaim> Chosen => _chosen;

    /// <param name="uid">Of the pod.</param>
    /// <param name="avoided">Nodes for which a volume could not be made just now.</param>
    /// <param name="isOfGang">
    /// It is asked for with others of its kind, each of which would be one of another kind while the volume of its own is still in use somewhere.
    /// </param>
    public static PodVolumes Of(
        string uid, IReadOnlyList<PodClaim> claims, VolumeTable table, ClaimHolders holders, IReadOnlyCollection<string> avoided, bool isOfGang = false)
    {
        var volumes = new PodVolumes(table, holders, avoided);
        foreach (var claim in claims)
        {
            if (volumes.Problem.Length == 0)
                volumes.Read(claim, uid);
        }

        volumes.Attach(claims, PodTranslation.IdOf(uid), isOfGang);
        volumes.Key = volumes.KeyOf();
        return volumes;
    }

    public bool Admits(Node node) => !_avoided.Contains(node.Metadata.Name) && IsReached(node) && _holders.Attachments.HasRoom(node.Metadata.Name, _asked) && _table.TryMatch(node, _requests, out _);

    /// <summary>The node can attach just these beside those that it has.</summary>
    public bool HasRoom(string node) => _holders.Attachments.HasRoom(node, _attached);

    /// <summary>Which volume each open claim gets on the node; null: one that is made for it.</summary>
    /// <returns>False: the node will not do.</returns>
    public bool TryMatch(Node node, [NotNullWhen(true)] out Volume?[]? matches)
    {
        matches = null;
        return IsReached(node) && _table.TryMatch(node, [.. _open.Select(claim => claim.Request)], out matches);
    }

    private bool IsReached(Node node) => _reaches.TrueForAll(reach => reach.Includes(node)) && _selected.TrueForAll(selected => selected == node.Metadata.Name);

    private void Read(PodClaim named, string uid)
    {
        var name = $"PersistentVolumeClaim '{named.Name.Name}'";
        if (_table.FindClaim(named.Name) is not { } claim)
            Refuse($"{name} does not exist");
        else if (named.IsOwn && claim.Owner != uid)
            Refuse($"{name} is not this pod's, whose ephemeral volume needs one of that name");
        else if (claim.IsLeaving)
            Refuse($"{name} is being deleted");
        else if (claim.IsLost)
            Refuse($"{name} has lost its volume '{claim.VolumeName}'");
        else if (claim.IsForOnePod && _holders.OtherThan(PodTranslation.IdOf(uid), claim.Name) is { } other)
            (Problem, AreTaken) = ($"{name} has spec.accessModes {VolumeNames.OnePod}, and pod '{other}' uses it", true);
        else if (claim.IsBound)
            ReadBound(claim, name);
        else if (claim.VolumeName.Length > 0)
            Refuse($"{name} is not bound yet: it waits for volume '{claim.VolumeName}'", isPassing: true);
        else if (_table.FindClass(claim.Request.Class) is not { WaitsForNode: true } given)
            Refuse($"{name} is not bound yet, and its class '{claim.Request.Class}' does not wait for a node", isPassing: true);
        else
            ReadUnbound(claim, given);
    }

    private void ReadBound(VolumeClaim claim, string name)
    {
        if (_table.FindVolume(claim.VolumeName) is not { } volume)
            Refuse($"{name} is bound to volume '{claim.VolumeName}', which does not exist", isPassing: true);
        else
            Reach(volume, name);
    }

    private void ReadUnbound(VolumeClaim claim, VolumeClass given)
    {
        if (claim.SelectedNode.Length > 0)
        {
            _chosen.Add(claim);
            _selected.Add(claim.SelectedNode);
        }
        else if (_table.KeptFor(claim) is { } kept)
        {
            _chosen.Add(claim);
            Reach(kept, $"PersistentVolumeClaim '{claim.Name.Name}'");
        }
        else
        {
            _open.Add(claim);
            if (!given.ServesAll)
                _requests.Add(claim.Request);
        }
    }

    // Pods of one kind come each with volumes of its own: as long as no node has those, what they are called is nothing to the nodes.
    private void Attach(IReadOnlyList<PodClaim> claims, ulong pod, bool isOfGang)
    {
        _attached.AddRange(claims.Select(claim => _table.AttachmentOf(claim.Name)).OfType<Attachment>().Distinct()
            .Where(volume => _holders.Attachments.IsLimited(volume.Driver)));
        _asked.AddRange(_attached.Select(volume => !isOfGang && _holders.IsAttachedBeside(pod, volume) ? volume : volume.AsNew));
        _holders.Attachments.Ask(_attached.Count);
    }

    private void Reach(Volume volume, string claim)
    {
        if (volume.Reach.Problem.Length > 0)
            Refuse($"{claim} has volume '{volume.Name}', which is not understood: {volume.Reach.Problem}");
        else if (volume.Reach.Key.Length > 0)
            _reaches.Add(volume.Reach);
    }

    private void Refuse(string problem, bool isPassing = false) => (Problem, IsPassing) = (problem, isPassing);

    private static PodVolumes Without(string problem = "")
    {
        var table = new VolumeTable();
        return new PodVolumes(table, new ClaimHolders(table, (_, _) => { }), []) { Problem = problem, IsPassing = problem.Length > 0 };
    }

    private string KeyOf()
    {
        IEnumerable<string> parts =
        [
            .. _reaches.Select(reach => $"volume {reach.Key};"), .. _selected.Select(node => $"on {node};"),
            .. _requests.Select(request => $"free {request.Key};"), .. _avoided.Select(node => $"not {node};"),
            .. _asked.Select(volume => $"attach {volume.Driver}/{volume.Handle};"),
        ];
        return string.Concat(parts.Order(StringComparer.Ordinal));
    }
}
