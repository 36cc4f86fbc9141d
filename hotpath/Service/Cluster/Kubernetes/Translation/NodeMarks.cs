using System.Globalization;
using Pipeline.Contracts.Cluster;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Translation;

/// <summary>What is on a node of a run's mark: the taint, the cordon, and the annotations that say whose they are.</summary>
/// <param name="Run">Run that the annotations name, or without them the taint; empty: none.</param>
/// <param name="IsTainted">The taint is there.</param>
/// <param name="IsCordoned">spec.unschedulable, whoever set it.</param>
/// <param name="OwnsCordon">The run set it.</param>
/// <param name="IsTaintLost">The taint went with a write that was about other taints, see <see cref="LosesTaint"/>.</param>
internal readonly record struct NodeMarks(string Run, bool IsTainted, bool IsCordoned, bool OwnsCordon, bool IsTaintLost)
{
    /// <summary>Field manager of the node lifecycle controller, which is part of it.</summary>
    private const string NodeLifecycle = "kube-controller-manager";

    public static NodeMarks Of(Node node, bool isTaintLost = false)
    {
        var annotations = node.Metadata.Annotations;
        var taint = node.Spec.Taints.FirstOrDefault(taint => taint is { Key: PipelineNames.Quarantined, Effect: "NoSchedule" });
        // The node lifecycle controller patches the list of taints from an older copy of the node, and so may bring back one that was taken off.
        var run = annotations.GetValueOrDefault(PipelineNames.Run) ?? taint?.Value ?? "";
        return new NodeMarks(
            run,
            taint is not null,
            node.Spec.Unschedulable,
            run.Length > 0 && annotations.GetValueOrDefault(PipelineNames.CordonOwner) == run,
            run.Length > 0 && taint is null && isTaintLost);
    }

    /// <summary>
    /// Whether the mark's taint went between two versions of a node though nobody meant it to. The node lifecycle controller and kubectl
    /// taint replace the whole list by one made from an older copy of the node. Such a write adds or removes another taint as well; that of
    /// a person who opens the node takes ours and leaves the rest. The controller also writes once more what it has not yet seen written.
    /// </summary>
    /// <param name="before">Null: the node was not known.</param>
    /// <param name="after">The version that may lack the taint.</param>
    public static bool LosesTaint(Node? before, Node after)
    {
        var now = Of(after);
        if (now.Run.Length == 0 || now.IsTainted)
            return false;
        var byController = after.Metadata.TaintsManager == NodeLifecycle;
        if (before is null)
            return byController;
        var old = Of(before);
        return now.Run == old.Run && old.IsTainted && (byController || !Others(before).SetEquals(Others(after)));
    }

    /// <summary>What the mark says of its run; null: there is none.</summary>
    public static NodeMark? WrittenOn(Node node)
    {
        var annotations = node.Metadata.Annotations;
        if (annotations.GetValueOrDefault(PipelineNames.Run) is not { Length: > 0 } run)
            return null;
        int.TryParse(annotations.GetValueOrDefault(PipelineNames.Attempt), NumberStyles.None, CultureInfo.InvariantCulture, out var attempt);
        return new NodeMark(
            node.Metadata.Name, run, node.Metadata.Labels.GetValueOrDefault(PipelineNames.State, ""), annotations.GetValueOrDefault(PipelineNames.Step, ""))
        {
            Attempt = attempt,
            FaultClass = annotations.GetValueOrDefault(PipelineNames.FaultClass, ""),
        };
    }

    /// <summary>It stays when the mark goes.</summary>
    public bool IsCordonedByOthers => IsCordoned && !OwnsCordon;

    /// <summary>We set and remove the parts of a mark in one write. One that lacks a part was opened by a person, by kubectl uncordon or kubectl taint.</summary>
    public bool IsLifted => Run.Length > 0 && ((!IsTainted && !IsTaintLost) || (OwnsCordon && !IsCordoned));

    /// <summary>Those that a mark leaves alone.</summary>
    public static IEnumerable<Taint> OtherTaints(Node node) => node.Spec.Taints.Where(taint => taint.Key != PipelineNames.Quarantined);

    private static HashSet<(string, string?, string)> Others(Node node)
        => [.. OtherTaints(node).Select(taint => (taint.Key, taint.Value, taint.Effect))];
}
