using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Hotpath.Cluster.Kubernetes.Objects;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Watching;

namespace Pipeline.Hotpath.Tests.Cluster.Kubernetes.Declared;

/// <summary>Objects of the policy as a watch tells of them.</summary>
internal sealed class Declared
{
    public Declared()
    {
        Workspaces = new ObjectTable<Workspace>(() => Changes++, () => { });
        Projects = new ObjectTable<Project>(() => Changes++, () => { });
        Profiles = new ObjectTable<MachineProfile>(() => Changes++, () => { });
        Policy = new DeclaredPolicy(Workspaces, Projects, Profiles, NullLogger.Instance);
    }

    /// <summary>Of specs.</summary>
    public int Changes { get; private set; }

    public ObjectTable<Workspace> Workspaces { get; }

    public ObjectTable<Project> Projects { get; }

    public ObjectTable<MachineProfile> Profiles { get; }

    public DeclaredPolicy Policy { get; }

    public Declared With(params Workspace[] workspaces)
    {
        foreach (var workspace in workspaces)
            Workspaces.Apply(new Change<Workspace>.Put(workspace));
        return this;
    }

    public Declared With(params Project[] projects)
    {
        foreach (var project in projects)
            Projects.Apply(new Change<Project>.Put(project));
        return this;
    }

    public Declared With(params MachineProfile[] profiles)
    {
        foreach (var profile in profiles)
            Profiles.Apply(new Change<MachineProfile>.Put(profile));
        return this;
    }

    public static Workspace Workspace(string name = "w") => new() { Metadata = new() { Name = name, Uid = $"uid-{name}", Generation = 1 } };

    public static Project Project(string name, string reserved = "8", string workspace = "w", long generation = 1, string? uid = null) => new()
    {
        Metadata = new() { Name = name, Uid = uid ?? $"uid-{name}", Generation = generation },
        Spec = new() { Workspace = workspace, Quotas = new Dictionary<string, ProjectQuota> { ["h100"] = new() { Reserved = reserved } } },
    };

    public static MachineProfile Profile(string name, string gpus = "1", string cpu = "12", string memory = "64Gi", string? group = null) => new()
    {
        Metadata = new() { Name = name, Uid = $"uid-{name}", Generation = 1 },
        Spec = new() { Gpus = gpus, Cpu = cpu, Memory = memory, Group = group },
    };
}
