using System.Collections.Frozen;
using System.Text;

namespace Pipeline.Hotpath.Api.Decisions;

/// <summary>
/// The engine names the fields of its commands (<c>Roles[worker].GpuCount: ...</c>); callers know those of the messages
/// (<c>roles[worker].shape.gpu_count</c>).
/// </summary>
/// <param name="root">Message field that holds what the engine judged; empty: the request itself.</param>
/// <param name="steps">Names on a path that are called otherwise in the messages, or lie deeper.</param>
/// <param name="paths">Whole paths that are.</param>
internal sealed class FieldNames(string root = "", IEnumerable<(string From, string To)>? steps = null, IEnumerable<(string From, string To)>? paths = null)
{
    private const string OfDomain = " of domain ";

    private static readonly string[] Shape = ["gpu_count", "gpu_milli", "cpu_milli", "memory_mib", "groups"];

    private static readonly string[] Traits =
        ["project", "provisioning", "category", "purpose", "urgent", "expected_seconds", "restart_seconds", "budget", "service", "reservation"];

    private readonly FrozenDictionary<string, string> _steps = (steps ?? []).ToFrozenDictionary(step => step.From, step => step.To, StringComparer.Ordinal);
    private readonly FrozenDictionary<string, string> _paths = (paths ?? []).ToFrozenDictionary(path => path.From, path => path.To, StringComparer.Ordinal);

    /// <summary>Messages with the engine's own fields.</summary>
    public static FieldNames Plain { get; } = new();

    public static FieldNames Placement { get; } = new(steps: [.. Shape.Select(name => (name, $"shape.{name}")), .. Traits.Select(name => (name, $"traits.{name}"))]);

    public static FieldNames Reservation { get; } = new(steps: [("id", "reservation"), ("node_count", "nodes"), ("start", "start_ms"), ("end", "end_ms")]);

    public static FieldNames Topology { get; } = new(paths: [("name", "domains.name"), ("nodes", "domains.nodes")]);

    public static FieldNames Policy { get; } = new("policy", paths:
    [
        ("policy.spread.min_nodes", "policy.spread_min_nodes"),
        ("policy.zones.small_gpus", "policy.zone_small_gpus"),
        ("policy.zones.medium_gpus", "policy.zone_medium_gpus"),
        ("policy.preemption.per_gpu[Training]", "policy.preemption.training_per_gpu"),
        ("policy.preemption.per_gpu[Serving]", "policy.preemption.serving_per_gpu"),
        ("policy.preemption.per_gpu[Data]", "policy.preemption.data_per_gpu"),
        ("policy.preemption.per_gpu[Interactive]", "policy.preemption.interactive_per_gpu"),
    ]);

    /// <param name="detail">Field, colon, problem, as the engine writes it.</param>
    public (string Field, string Problem) Split(string detail)
    {
        var end = EndOfField(detail);
        if (end < 0)
            return ("request", detail);
        var (field, problem) = (detail[..end], detail[(end + 1)..].Trim().TrimEnd('.'));
        // What the loop says about a command as a whole.
        return field == "command" ? ("request", problem) : (Translate(field), problem);
    }

    private string Translate(string field)
    {
        // The topology's way to say which of its definitions.
        if (field.IndexOf(OfDomain, StringComparison.Ordinal) is >= 0 and var at)
            return $"domains[{field[(at + OfDomain.Length)..]}].{Snake(field.AsSpan(0, at))}";
        var path = new StringBuilder(root);
        for (var rest = field.AsSpan(); !rest.IsEmpty; rest = rest.TrimStart('.'))
        {
            var name = rest.IndexOfAny('.', '[') is >= 0 and var end ? rest[..end] : rest;
            var step = Snake(name);
            if (path.Length > 0)
                path.Append('.');
            path.Append(_steps.GetValueOrDefault(step, step));
            rest = rest[name.Length..];
            if (!rest.StartsWith('['))
                continue;
            var key = rest[..(rest.IndexOf(']') + 1)];
            path.Append(key.IsEmpty ? rest : key);
            rest = key.IsEmpty ? [] : rest[key.Length..];
        }

        var whole = path.ToString();
        return _paths.GetValueOrDefault(whole, whole);
    }

    // The first colon that is not part of a name in brackets.
    private static int EndOfField(string detail)
    {
        var depth = 0;
        for (var i = 0; i < detail.Length; i++)
        {
            if (detail[i] == ':' && depth == 0)
                return i;
            depth += detail[i] == '[' ? 1 : detail[i] == ']' ? -1 : 0;
        }

        return detail.IndexOf(':', StringComparison.Ordinal);
    }

    /// <summary>gpu_count for GpuCount.</summary>
    public static string Snake(ReadOnlySpan<char> name)
    {
        var text = new StringBuilder(name.Length + 4);
        foreach (var letter in name)
        {
            if (char.IsUpper(letter) && text.Length > 0)
                text.Append('_');
            text.Append(char.ToLowerInvariant(letter));
        }

        return text.ToString();
    }
}
