using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Pipeline.Kubernetes.Models;
using V1 = Pipeline.Contracts.V1;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Objects;

/// <summary>Workspaces, Projects and MachineProfiles as a part of the policy, and what each is told about itself.</summary>
internal sealed class DeclaredPolicy(ObjectTable<Workspace> workspaces, ObjectTable<Project> projects, ObjectTable<MachineProfile> profiles, ILogger logger)
{
    private static readonly ImmutableDictionary<string, Verdict> None = ImmutableDictionary.Create<string, Verdict>(StringComparer.Ordinal);

    private readonly PolicyLayer<Project, V1.Project> _projects = new(project => project.Name);
    private readonly PolicyLayer<MachineProfile, V1.MachineProfile> _profiles = new(profile => profile.Name);
    private volatile ImmutableDictionary<string, Verdict> _ofProjects = None;
    private volatile ImmutableDictionary<string, Verdict> _ofProfiles = None;

    /// <summary>By name; of the objects that were in a policy which has been settled.</summary>
    public ImmutableDictionary<string, Verdict> OfProjects => _ofProjects;

    /// <inheritdoc cref="OfProjects"/>
    public ImmutableDictionary<string, Verdict> OfProfiles => _ofProfiles;

    /// <inheritdoc cref="IDeclarations.Over"/>
    public V1.SchedulingPolicy Over(V1.SchedulingPolicy underneath, V1.SchedulingPolicy inForce)
    {
        var known = workspaces.Items;
        var whole = underneath.Clone();
        whole.Projects.Clear();
        whole.Projects.AddRange(_projects.Merge(underneath.Projects, inForce.Projects, projects.Items, project => ProjectReading.Of(project, known)));
        whole.Profiles.Clear();
        whole.Profiles.AddRange(_profiles.Merge(underneath.Profiles, inForce.Profiles, profiles.Items, ProfileReading.Of));
        return whole;
    }

    /// <inheritdoc cref="IDeclarations.Settle"/>
    public void Settle(string? refusal)
    {
        if (refusal is not null)
            ObjectsLog.NotInForce(logger, refusal);
        _ofProjects = Settled("Project", _ofProjects, _projects.Verdicts, refusal);
        _ofProfiles = Settled("MachineProfile", _ofProfiles, _profiles.Verdicts, refusal);
    }

    /// <summary>A refusal is one of the whole: what was in force stays, and what was to come hears why it is not.</summary>
    private ImmutableDictionary<string, Verdict> Settled(
        string kind, ImmutableDictionary<string, Verdict> before, IReadOnlyDictionary<string, Verdict> now, string? refusal)
    {
        var after = None.ToBuilder();
        foreach (var (name, judged) in now)
        {
            var verdict = refusal is null || !judged.Accepted || before.GetValueOrDefault(name) == judged ? judged : judged with { Accepted = false, Message = refusal };
            after.Add(name, verdict);
            if (before.GetValueOrDefault(name) == verdict)
                continue;
            if (!verdict.Accepted)
                ObjectsLog.NotAccepted(logger, kind, name, verdict.Message);
            else if (verdict.Message.Length > 0)
                ObjectsLog.Remark(logger, kind, name, verdict.Message);
        }

        return after.ToImmutable();
    }
}
