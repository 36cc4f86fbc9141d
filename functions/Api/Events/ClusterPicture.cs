using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Api.Events;

/// <summary>What the page shows, as of one look.</summary>
/// <param name="At">Null: nobody has looked yet.</param>
internal sealed record ClusterPicture(
    long Sequence, string? At, IReadOnlyDictionary<string, NodeFrame> Nodes, IReadOnlyDictionary<string, Run> Runs, bool MoreRuns)
{
    public static ClusterPicture Empty { get; } = new(0, null, new Dictionary<string, NodeFrame>(), new Dictionary<string, Run>(), false);

    public SnapshotJson Snapshot(bool simulated, string? trouble) => new(
        Sequence, At, simulated, MoreRuns, trouble, [.. Nodes.Values], [.. Runs.Values.Select(RunJson.Of)]);

    public DeltaJson Since(ClusterPicture before, string? trouble) => new(
        Sequence, At, MoreRuns, trouble,
        [.. Nodes.Values.Where(node => !before.Nodes.TryGetValue(node.Name, out var old) || !old.Equals(node))],
        [.. before.Nodes.Keys.Where(name => !Nodes.ContainsKey(name))],
        [.. Runs.Values.Where(run => !before.Runs.TryGetValue(run.Id, out var old) || !old.Equals(run)).Select(RunJson.Of)]);
}
