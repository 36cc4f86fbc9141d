using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Objects;

/// <summary>The statuses that objects of the policy should have. Times change only with what they are about.</summary>
internal static class PolicyStatuses
{
    /// <returns>Null: its verdict has yet to come.</returns>
    public static Project? Of(Project project, Verdict? verdict, ProjectStatus? usage, DateTimeOffset now) => !IsAbout(verdict, project) ? null : project with
    {
        Status = (usage ?? project.Status) with
        {
            ObservedGeneration = verdict!.Generation,
            Conditions = Accepted(project.Status.Conditions, verdict, now),
        },
    };

    /// <inheritdoc cref="Of(Project, Verdict?, ProjectStatus?, DateTimeOffset)"/>
    public static MachineProfile? Of(MachineProfile profile, Verdict? verdict, DateTimeOffset now) => !IsAbout(verdict, profile) ? null : profile with
    {
        Status = new PolicyStatus { ObservedGeneration = verdict!.Generation, Conditions = Accepted(profile.Status.Conditions, verdict, now) },
    };

    /// <param name="projects">That name it.</param>
    public static Workspace Of(Workspace workspace, int projects, DateTimeOffset now)
    {
        var verdict = new Verdict(workspace.Metadata.Uid, workspace.Metadata.Generation, Accepted: true, "");
        return workspace with
        {
            Status = new WorkspaceStatus { ObservedGeneration = verdict.Generation, Projects = projects, Conditions = Accepted(workspace.Status.Conditions, verdict, now) },
        };
    }

    private static bool IsAbout(Verdict? verdict, KubernetesObject item) => verdict is not null && verdict.Uid == item.Metadata.Uid && verdict.Generation == item.Metadata.Generation;

    private static IReadOnlyList<Condition> Accepted(IReadOnlyList<Condition> known, Verdict verdict, DateTimeOffset now)
    {
        var before = known.FirstOrDefault(condition => condition.Type == PolicyStatus.Accepted);
        var status = verdict.Accepted ? "True" : "False";
        var accepted = new Condition
        {
            Type = PolicyStatus.Accepted,
            Status = status,
            ObservedGeneration = verdict.Generation,
            LastTransitionTime = before?.Status == status && before.LastTransitionTime is { } since ? since : now,
            Reason = verdict.Reason,
            Message = verdict.Message.Length == 0 ? null : verdict.Message,
        };
        return [accepted];
    }
}
