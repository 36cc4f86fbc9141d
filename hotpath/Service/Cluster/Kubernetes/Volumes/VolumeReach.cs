using System.Text.Json;
using Pipeline.Hotpath.Cluster.Kubernetes.Translation;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Volumes;

/// <summary>The nodes to which a volume can be attached: those of its node affinity and, for volumes that are older than that, of its zone and region.</summary>
internal sealed class VolumeReach
{
    private const string Path = "spec.nodeAffinity.required";

    // Zones that hold copies of one volume (pkg/volume/util, LabelMultiZoneDelimiter).
    private const string Separator = "__";

    private static readonly string[] Zone = ["topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"];
    private static readonly string[] Region = ["topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region"];

    private readonly IReadOnlyList<NodeSelectorTerm>? _terms;
    private readonly string[]? _zones;
    private readonly string[]? _regions;

    private VolumeReach(PersistentVolume volume)
    {
        (_zones, _regions) = (ValuesOf(volume, Zone), ValuesOf(volume, Region));
        var affinity = "";
        if (volume.Spec.NodeAffinity is { ValueKind: JsonValueKind.Object } given && given.TryGetProperty("required", out var required)
            && required.ValueKind == JsonValueKind.Object)
        {
            affinity = required.GetRawText();
            try
            {
                _terms = NodeSelectorTerm.Of(required, Path);
            }
            catch (FormatException exception)
            {
                (_terms, Problem) = ([], exception.Message);
            }
        }

        Key = _terms is null && _zones is null && _regions is null ? "" : $"{affinity}|{string.Join(',', _zones ?? [])}|{string.Join(',', _regions ?? [])}";
        Hostname = _terms is [var only] ? only.OnlyValueOf(PipelineNames.Hostname) : null;
    }

    /// <summary>Equal for volumes of the same nodes; empty: it can be attached to all.</summary>
    public string Key { get; }

    /// <summary>The label of the one node to which it can be attached; null: there may be several.</summary>
    public string? Hostname { get; }

    /// <summary>Why nobody knows where it can be attached; empty: it is known.</summary>
    public string Problem { get; } = "";

    public static VolumeReach Of(PersistentVolume volume) => new(volume);

    public bool Includes(Node node)
        => (_terms is null || _terms.Any(term => term.Matches(node))) && (!HasPlace(node) || (IsIn(node, Zone, _zones) && IsIn(node, Region, _regions)));

    private static string[]? ValuesOf(PersistentVolume volume, string[] labels)
        => ValueOf(volume.Metadata.Labels, labels)?.Split(Separator);

    private static string? ValueOf(IReadOnlyDictionary<string, string> labels, string[] names)
        => names.Select(name => labels.GetValueOrDefault(name)).FirstOrDefault(value => value is not null);

    // A node that says nothing of where it is, is in a cluster of one place (VolumeZone plugin).
    private static bool HasPlace(Node node) => ValueOf(node.Metadata.Labels, Zone) is not null || ValueOf(node.Metadata.Labels, Region) is not null;

    private static bool IsIn(Node node, string[] labels, string[]? values) => values is null || values.Contains(ValueOf(node.Metadata.Labels, labels));
}
