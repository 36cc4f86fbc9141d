using Pipeline.Hotpath.Cluster.Kubernetes.Objects;
using Pipeline.Kubernetes;
using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Tests.Cluster.Kubernetes.Declared;

public sealed class PolicyStatusTests
{
    private static readonly DateTimeOffset Then = new(2027, 1, 4, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public void An_object_is_told_of_which_version_it_is_and_what_is_wrong()
    {
        var project = Declared.Project("p", generation: 3);
        var good = PolicyStatuses.Of(project, new Verdict("uid-p", 3, true, ""), null, Then)!;
        Assert.Equal(3, good.Status.ObservedGeneration);
        Assert.Equal(
            new Condition { Type = "Accepted", Status = "True", ObservedGeneration = 3, LastTransitionTime = Then, Reason = "InForce" }, Assert.Single(good.Status.Conditions));
        var bad = PolicyStatuses.Of(project, new Verdict("uid-p", 3, false, "spec.workspace: unknown"), null, Then)!;
        Assert.Equal(("False", "Refused", "spec.workspace: unknown"), (bad.Status.Conditions[0].Status, bad.Status.Conditions[0].Reason, bad.Status.Conditions[0].Message));
    }

    [Fact]
    public void A_verdict_of_another_version_or_object_says_nothing()
    {
        var project = Declared.Project("p", generation: 3);
        Assert.Null(PolicyStatuses.Of(project, null, null, Then));
        Assert.Null(PolicyStatuses.Of(project, new Verdict("uid-p", 2, true, ""), null, Then));
        Assert.Null(PolicyStatuses.Of(project, new Verdict("another", 3, true, ""), null, Then));
    }

    [Fact]
    public void The_time_of_a_condition_moves_with_its_status_alone()
    {
        var profile = Declared.Profile("m");
        var first = PolicyStatuses.Of(profile, new Verdict("uid-m", 1, true, ""), Then)!;
        var again = PolicyStatuses.Of(first, new Verdict("uid-m", 1, true, ""), Then.AddHours(1))!;
        Assert.True(StatusCalls.HaveSameStatus(Kinds.MachineProfiles, first, again));
        var refused = PolicyStatuses.Of(first, new Verdict("uid-m", 1, false, "x"), Then.AddHours(1))!;
        Assert.False(StatusCalls.HaveSameStatus(Kinds.MachineProfiles, first, refused));
        Assert.Equal(Then.AddHours(1), refused.Status.Conditions[0].LastTransitionTime);
    }

    [Fact]
    public void A_workspace_counts_its_projects() => Assert.Equal(2, PolicyStatuses.Of(Declared.Workspace(), 2, Then).Status.Projects);
}
