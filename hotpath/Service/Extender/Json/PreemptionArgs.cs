using System.Text.Json;
using System.Text.Json.Serialization;
using Google.Protobuf;
using Pipeline.Contracts;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Extender.Json;

/// <summary><c>ExtenderPreemptionArgs</c>; the victims' pods as they are, or only their UIDs (<c>nodeCacheCapable</c>).</summary>
internal sealed class PreemptionArgs
{
    private PreemptionArgs(Pod pod, Dictionary<string, MetaVictims> victims) => (Pod, Victims) = (pod, victims);

    public Pod Pod { get; }

    /// <summary>By node, whom kube-scheduler would evict there.</summary>
    public Dictionary<string, MetaVictims> Victims { get; }

    /// <summary>As <c>PlanEvictionsRequest.nodes</c> wants them.</summary>
    public ByteString NodeNames() => ByteString.CopyFromUtf8(string.Concat(Victims.Keys.Select(name => $"{name}\n")));

    /// <exception cref="RequestRefusedException">It is no such object; names the field.</exception>
    public static PreemptionArgs Read(ReadOnlySpan<byte> body)
    {
        var args = JsonSerializer.Deserialize(body, PreemptionJson.Default.PreemptionMessage);
        if (args?.Pod is not { ValueKind: JsonValueKind.Object } message)
            throw RequestRefusedException.InvalidArgument("Pod", "must be present");
        var bytes = JsonSerializer.SerializeToUtf8Bytes(message, PreemptionJson.Default.JsonElement);
        var reader = new Utf8JsonReader(bytes);
        reader.Read();
        var pod = JsonFields.ReadPod(ref reader, bytes, "Pod");
        if (args.NodeNameToMetaVictims is { } meta)
            return new PreemptionArgs(pod, meta.ToDictionary(node => node.Key, node => node.Value ?? new MetaVictims([], 0)));
        if (args.NodeNameToVictims is { } whole)
            return new PreemptionArgs(pod, whole.ToDictionary(node => node.Key, node => node.Value?.ToMeta() ?? new MetaVictims([], 0)));
        throw RequestRefusedException.InvalidArgument("NodeNameToMetaVictims", "must be present, or NodeNameToVictims");
    }
}

internal sealed record PreemptionMessage(
    JsonElement Pod, Dictionary<string, VictimPods?>? NodeNameToVictims, Dictionary<string, MetaVictims?>? NodeNameToMetaVictims);

/// <summary><c>ExtenderPreemptionResult</c>.</summary>
internal sealed record PreemptionReply(Dictionary<string, MetaVictims> NodeNameToMetaVictims);

internal sealed record MetaVictims(IReadOnlyList<MetaPod?>? Pods, [property: JsonPropertyName("NumPDBViolations")] long NumPdbViolations);

internal sealed record MetaPod([property: JsonPropertyName("UID")] string Uid);

internal sealed record VictimPods(IReadOnlyList<VictimPod?>? Pods, [property: JsonPropertyName("NumPDBViolations")] long NumPdbViolations)
{
    public MetaVictims ToMeta() => new([.. (Pods ?? []).OfType<VictimPod>().Select(pod => new MetaPod(pod.Metadata?.Uid ?? ""))], NumPdbViolations);
}

/// <summary>Of a victim's pod only what names it.</summary>
internal sealed record VictimPod([property: JsonPropertyName("metadata")] VictimMetadata? Metadata);

internal sealed record VictimMetadata([property: JsonPropertyName("uid")] string? Uid);

[JsonSerializable(typeof(PreemptionMessage))]
[JsonSerializable(typeof(PreemptionReply))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class PreemptionJson : JsonSerializerContext;
