using System.Diagnostics.CodeAnalysis;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Volumes;

/// <summary>Claims, volumes and their classes as the server has them, and our decisions ahead of that. Not for several threads.</summary>
internal sealed class VolumeTable
{
    private readonly Dictionary<ObjectName, VolumeClaim> _claims = [];
    private readonly Dictionary<string, Volume> _volumes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, VolumeClass> _classes = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Class, string Hostname), HashSet<Volume>> _free = [];
    private readonly Dictionary<ObjectName, HashSet<string>> _kept = [];

    public IReadOnlyCollection<VolumeClaim> Claims => _claims.Values;

    public IReadOnlyCollection<Volume> Volumes => _volumes.Values;

    public IReadOnlyCollection<string> Classes => _classes.Keys;

    /// <summary>Grows when other volumes are free, or a class serves other nodes.</summary>
    public long Version { get; private set; } = 1;

    public VolumeClaim? FindClaim(ObjectName name) => _claims.GetValueOrDefault(name);

    public Volume? FindVolume(string name) => _volumes.GetValueOrDefault(name);

    public VolumeClass? FindClass(string name) => _classes.GetValueOrDefault(name);

    /// <summary>
    /// The volume that is attached for the claim; where it has none yet, or one that nobody knows, the one that is made for it. Null: nothing is
    /// attached, or nobody knows.
    /// </summary>
    public Attachment? AttachmentOf(ObjectName name)
    {
        if (FindClaim(name) is not { } claim)
            return null;
        if (FindVolume(claim.VolumeName) is { } volume)
            return volume.Attachment;
        return FindClass(claim.Request.Class) is { IsProvisioned: true } given ? new Attachment(given.Provisioner, $"for {name}") : null;
    }

    public void Put(VolumeClaim claim)
    {
        if (_claims.TryGetValue(claim.Name, out var known) && known.Uid != claim.Uid)
            Remove(known);
        _claims[claim.Name] = claim;
    }

    public void Remove(VolumeClaim claim)
    {
        _claims.Remove(claim.Name);
        Forget(claim.Name);
    }

    public void Put(string name, VolumeClass added)
    {
        _classes[name] = added;
        Version++;
    }

    public void RemoveClass(string name)
    {
        _classes.Remove(name);
        Version++;
    }

    /// <summary>Our own decision holds against news of the version on which it was made.</summary>
    public void Put(Volume volume)
    {
        if (_volumes.TryGetValue(volume.Name, out var known))
        {
            if (known.IsAssumed && known.Version == volume.Version)
                return;
            Unindex(known);
        }

        _volumes[volume.Name] = volume;
        Index(volume);
    }

    public void RemoveVolume(string name)
    {
        if (_volumes.Remove(name, out var known))
            Unindex(known);
    }

    /// <summary>From now on the volume is for the claim.</summary>
    public void Assume(Volume volume, VolumeClaim claim) => Put(volume with { Claim = claim.Name, ClaimUid = claim.Uid, IsAssumed = true });

    /// <summary>What was decided for the claim and the server has not shown is not decided any more. Should the server know of it all the same, the watch will say so.</summary>
    public void Forget(ObjectName claim)
    {
        foreach (var assumed in _kept.GetValueOrDefault(claim)?.Select(name => _volumes[name]).Where(volume => volume.IsAssumed).ToList() ?? [])
        {
            Unindex(assumed);
            var free = assumed with { Claim = null, ClaimUid = "", IsAssumed = false };
            _volumes[free.Name] = free;
            Index(free);
        }
    }

    /// <summary>The volume that is kept for the claim, by whomever; null: there is none that would do.</summary>
    public Volume? KeptFor(VolumeClaim claim) => _kept.GetValueOrDefault(claim.Name)?.Select(name => _volumes[name])
        .Where(volume => volume.IsFor(claim) && volume.Bytes >= claim.Request.Bytes && volume.IsBlock == claim.Request.IsBlock)
        .OrderBy(volume => volume.Name, StringComparer.Ordinal).FirstOrDefault();

    /// <summary>
    /// For each request the smallest free volume that the node can use, another one for each; null where the provisioner would have to make
    /// one. Small requests choose first, so that none takes what a larger one needs when it could do with less.
    /// </summary>
    /// <returns>False: the node will not do.</returns>
    public bool TryMatch(Node node, IReadOnlyList<VolumeRequest> requests, [NotNullWhen(true)] out Volume?[]? matches)
    {
        matches = null;
        var found = new Volume?[requests.Count];
        foreach (var (index, request) in requests.Index().OrderBy(request => request.Item.Bytes))
        {
            found[index] = FreeFor(node, request.Class)
                .Where(volume => volume.Satisfies(request) && volume.Reach.Includes(node) && !found.Contains(volume))
                .OrderBy(volume => volume.Bytes).ThenBy(volume => volume.Name, StringComparer.Ordinal).FirstOrDefault();
            if (found[index] is null && FindClass(request.Class)?.Serves(node) != true)
                return false;
        }

        matches = found;
        return true;
    }

    // Local volumes come by the thousand, a few a node.
    private IEnumerable<Volume> FreeFor(Node node, string name)
    {
        IEnumerable<Volume> anywhere = _free.GetValueOrDefault((name, ""), []);
        return node.Metadata.Labels.TryGetValue(PipelineNames.Hostname, out var hostname) ? anywhere.Concat(_free.GetValueOrDefault((name, hostname), [])) : anywhere;
    }

    private void Index(Volume volume)
    {
        if (!volume.IsAvailable)
            return;
        if (volume.Claim is { } claim)
        {
            if (!_kept.TryGetValue(claim, out var kept))
                _kept.Add(claim, kept = []);
            kept.Add(volume.Name);
            return;
        }

        var key = (volume.Class, volume.Reach.Hostname ?? "");
        if (!_free.TryGetValue(key, out var free))
            _free.Add(key, free = []);
        free.Add(volume);
        Version++;
    }

    private void Unindex(Volume volume)
    {
        if (!volume.IsAvailable)
            return;
        if (volume.Claim is { } claim)
        {
            if (_kept.TryGetValue(claim, out var kept) && kept.Remove(volume.Name) && kept.Count == 0)
                _kept.Remove(claim);
            return;
        }

        var key = (volume.Class, volume.Reach.Hostname ?? "");
        if (_free.TryGetValue(key, out var free) && free.Remove(volume) && free.Count == 0)
            _free.Remove(key);
        Version++;
    }
}
