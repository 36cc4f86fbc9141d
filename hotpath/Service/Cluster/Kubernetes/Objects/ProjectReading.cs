using Pipeline.Kubernetes.Models;
using V1 = Pipeline.Contracts.V1;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Objects;

internal static class ProjectReading
{
    public static Reading<V1.Project> Of(Project project, IReadOnlyDictionary<string, Workspace> workspaces)
    {
        var spec = project.Spec;
        if (!workspaces.ContainsKey(spec.Workspace))
            return Reading<V1.Project>.Wrong("spec.workspace", $"there is no Workspace '{spec.Workspace}'");
        var entry = new V1.Project { Name = project.Metadata.Name, Workspace = spec.Workspace, MayBeUrgent = spec.MayBeUrgent };
        foreach (var (group, quota) in spec.Quotas.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            var field = $"spec.quotas[{group}]";
            if (!Amounts.TryMilli(quota.Reserved, out var reserved))
                return Reading<V1.Project>.Wrong($"{field}.reserved", $"'{quota.Reserved}' is no number of GPUs of at most three decimal places");
            if (!Amounts.TryQuota(quota.OnDemand, out var onDemand))
                return Reading<V1.Project>.Wrong($"{field}.onDemand", $"'{quota.OnDemand}' is neither a number of GPUs of at most three decimal places nor unlimited");
            if (!Amounts.TryQuota(quota.Spot, out var spot))
                return Reading<V1.Project>.Wrong($"{field}.spot", $"'{quota.Spot}' is neither a number of GPUs of at most three decimal places nor unlimited");
            entry.Quotas.Add(new V1.Quota { Group = group, Reserved = reserved, OnDemand = onDemand, Spot = spot });
        }

        return EngineRules.Check(entry, new V1.SchedulingPolicy { Projects = { entry } }, $"projects[{entry.Name}]");
    }
}
