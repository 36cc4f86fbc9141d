using Pipeline.Contracts.V1;
using Pipeline.Functions.Yaml;

namespace Pipeline.Functions.Policy.Loading;

/// <summary><c>workspaces</c>: cost units, the projects under them, and what each may use of which machine group.</summary>
internal static class TenantSection
{
    /// <summary>Milli-GPU; more than any cluster has.</summary>
    public const long MaxQuota = 1L << 40;

    public static void Read(Fields root, SchedulingPolicy policy)
    {
        var projects = new SortedDictionary<string, (Project Project, string Workspace)>(StringComparer.Ordinal);
        foreach (var (workspace, fields) in root.Named("workspaces", required: false))
        {
            Names.Check(fields, workspace);
            foreach (var (name, project) in fields.Named("projects"))
            {
                var read = ReadProject(project, name, workspace);
                if (!projects.TryAdd(name, (read, workspace)))
                    project.Error("", $"there is a project \"{name}\" in workspace \"{projects[name].Workspace}\" already");
            }

            fields.End();
        }

        policy.Projects.AddRange(projects.Values.Select(entry => entry.Project));
    }

    private static Project ReadProject(Fields fields, string name, string workspace)
    {
        Names.Check(fields, name);
        var project = new Project { Name = name, Workspace = workspace, MayBeUrgent = fields.Flag("mayBeUrgent", false) };
        var quotas = new SortedDictionary<string, Quota>(StringComparer.Ordinal);
        foreach (var (group, quota) in fields.Named("quotas", required: false))
        {
            Names.Check(quota, group);
            quotas[group] = new Quota
            {
                Group = group,
                Reserved = quota.Amount("reserved", Quotas.Notation, 0, MaxQuota, 0),
                OnDemand = quota.Amount("onDemand", Quotas.Notation, Quotas.Unlimited, MaxQuota, 0),
                Spot = quota.Amount("spot", Quotas.Notation, Quotas.Unlimited, MaxQuota, Quotas.Unlimited),
            };
            quota.End();
        }

        project.Quotas.AddRange(quotas.Values);
        fields.End();
        return project;
    }
}
