using System.Globalization;
using System.Text.Json.Nodes;
using Pipeline.Contracts.Cluster;
using Pipeline.Hotpath.Cluster.Kubernetes.Model;
using Pipeline.Hotpath.Cluster.Kubernetes.Translation;
using Pipeline.Kubernetes;
using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Calls;

/// <summary>
/// Puts a run's mark on its node and takes it off: taint, cordon, label and annotations in one write, which holds only for the version of
/// the node that it was decided on. So a mark is never half there through us, and what a person does at the same moment is seen.
/// </summary>
internal sealed class NodeMarker(KubernetesClient client, KubernetesModel model)
{
    // Each conflict means that somebody else has written meanwhile. With one who writes as fast as the server answers, about one try in
    // four succeeds; a sick node must not wait for the sweep because of that.
    private const int Attempts = 64;

    public Task MarkAsync(NodeMark mark, CancellationToken cancellation) => WriteAsync(mark.Node, node => Mark(node, model.MarksOf(node), mark), cancellation);

    /// <summary>A node that is gone needs nothing.</summary>
    public async Task UnmarkAsync(string node, string run, CancellationToken cancellation)
    {
        try
        {
            await WriteAsync(node, current => Unmark(current, run), cancellation).ConfigureAwait(false);
        }
        catch (KubernetesException exception) when (exception.IsNotFound)
        {
        }
    }

    /// <returns>Null: nothing is to be changed.</returns>
    internal static JsonObject? Mark(Node node, NodeMarks now, NodeMark mark)
    {
        // A person has opened the node. The run hears of it and ends; until it has, it does not close the node again.
        if (now.Run == mark.Run && now.IsLifted)
            return null;
        // Who cordoned it first owns the cordon, also when the run that did so has been replaced by this one.
        var owner = now.Run == mark.Run ? node.Metadata.Annotations.GetValueOrDefault(PipelineNames.CordonOwner, ClusterNode.Person)
            : now.IsCordonedByOthers ? ClusterNode.Person : mark.Run;
        var cordoned = node.Spec.Unschedulable || (owner == mark.Run && now.Run != mark.Run);
        var labels = new JsonObject { [PipelineNames.State] = mark.State };
        var annotations = new JsonObject
        {
            [PipelineNames.Run] = mark.Run,
            [PipelineNames.Step] = mark.Step,
            [PipelineNames.Attempt] = mark.Attempt.ToString(CultureInfo.InvariantCulture),
            [PipelineNames.FaultClass] = mark.FaultClass,
            [PipelineNames.CordonOwner] = owner,
        };
        var taint = new Taint { Key = PipelineNames.Quarantined, Value = mark.Run, Effect = "NoSchedule" };
        if (now.IsTainted && now.Run == mark.Run && cordoned == node.Spec.Unschedulable
            && Has(node.Metadata.Labels, labels) && Has(node.Metadata.Annotations, annotations))
            return null;
        return Patch(node, labels, annotations, [.. NodeMarks.OtherTaints(node), taint], cordoned);
    }

    /// <returns>Null: nothing is to be changed.</returns>
    internal static JsonObject? Unmark(Node node, string run)
    {
        var now = NodeMarks.Of(node);
        if (now.Run != run)
            return null;
        var labels = new JsonObject { [PipelineNames.State] = null };
        var annotations = new JsonObject();
        foreach (var name in PipelineNames.MarkAnnotations)
            annotations[name] = null;
        return Patch(node, labels, annotations, [.. NodeMarks.OtherTaints(node)], now.IsCordonedByOthers);
    }

    private async Task WriteAsync(string name, Func<Node, JsonObject?> change, CancellationToken cancellation)
    {
        var node = model.FindNode(name);
        // That nothing is to be done is believed of the server alone: the watch may be behind.
        if (node is null || change(node) is null)
            node = await ReadAsync(name, cancellation).ConfigureAwait(false);
        for (var attempt = 1; change(node) is { } patch; attempt++)
        {
            try
            {
                model.Seen(await client.PatchAsync(Kinds.Nodes, name, Pipeline.Kubernetes.Client.Patch.Merge(patch), RequestOptions.Urgent, cancellation).ConfigureAwait(false));
                return;
            }
            catch (KubernetesException exception) when (exception.IsConflict && attempt < Attempts)
            {
                node = await ReadAsync(name, cancellation).ConfigureAwait(false);
            }
        }
    }

    private async Task<Node> ReadAsync(string name, CancellationToken cancellation)
    {
        var node = await client.GetAsync(Kinds.Nodes, name, RequestOptions.Urgent, cancellation).ConfigureAwait(false);
        model.Seen(node);
        return node;
    }

    private static bool Has(IReadOnlyDictionary<string, string> all, JsonObject some) => some.All(entry => all.TryGetValue(entry.Key, out var value) && value == (string?)entry.Value);

    // A list is replaced as a whole by this kind of patch, and for taints by every other kind as well.
    private static JsonObject Patch(Node node, JsonObject labels, JsonObject annotations, IReadOnlyList<Taint> taints, bool unschedulable) => new()
    {
        ["metadata"] = new JsonObject { ["resourceVersion"] = node.Metadata.ResourceVersion, ["labels"] = labels, ["annotations"] = annotations },
        ["spec"] = new JsonObject
        {
            ["unschedulable"] = unschedulable ? true : null,
            ["taints"] = taints.Count == 0 ? null : new JsonArray([.. taints.Select(Json)]),
        },
    };

    private static JsonNode Json(Taint taint)
    {
        var json = new JsonObject { ["key"] = taint.Key, ["effect"] = taint.Effect };
        if (taint.Value is { } value)
            json["value"] = value;
        if (taint.TimeAdded is { } added)
            json["timeAdded"] = added.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        return json;
    }
}
