using Pipeline.Hotpath.Api.Decisions;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Watching;
using PolicyProblems = Pipeline.Scheduling.Tenancy.PolicyProblems;
using V1 = Pipeline.Contracts.V1;

namespace Pipeline.Hotpath.Tests.Cluster.Kubernetes.Declared;

public sealed class DeclaredPolicyTests
{
    private static readonly V1.SchedulingPolicy Nothing = new();

    [Fact]
    public void Objects_and_the_file_are_one_policy_in_which_the_objects_win()
    {
        var declared = new Declared().With(Declared.Workspace()).With(Declared.Project("both", "16"), Declared.Project("object"));
        var file = File("both", "file");
        file.ZoneSmallGpus = 3;

        var whole = Merge(declared, file);
        Assert.Equal(["both", "file", "object"], whole.Projects.Select(project => project.Name));
        Assert.Equal(16_000, whole.Projects[0].Quotas.Single().Reserved);
        Assert.Equal(3, whole.ZoneSmallGpus);
        Assert.Equal((true, "In place of the policy file's entry of this name."), Told(declared, "both"));
        Assert.Equal((true, ""), Told(declared, "object"));
        Assert.Equal(2, file.Projects.Count);
    }

    [Fact]
    public void A_name_that_the_file_has_twice_is_left_for_the_engine_to_refuse()
    {
        var declared = new Declared().With(Declared.Workspace()).With(Declared.Project("object"));
        Assert.StartsWith("projects[twice]: named twice", PolicyProblems.Of(Merge(declared, File("twice", "twice")).ToEngine()));
    }

    [Fact]
    public void The_files_entry_comes_back_when_the_object_is_deleted()
    {
        var declared = new Declared().With(Declared.Workspace()).With(Declared.Project("both", "16"));
        Merge(declared, File("both"));
        declared.Projects.Apply(new Change<Project>.Deleted(Declared.Project("both", "16")));

        Assert.Equal(1_000, Merge(declared, File("both")).Projects.Single().Quotas.Single().Reserved);
        Assert.Empty(declared.Policy.OfProjects);
    }

    [Theory]
    [InlineData("none", "w", "spec.quotas[h100].reserved: 'none'")]
    [InlineData("unlimited", "w", "spec.quotas[h100].reserved: 'unlimited'")]
    [InlineData("0.0001", "w", "spec.quotas[h100].reserved: '0.0001'")]
    [InlineData("-1", "w", "spec.quotas[h100].reserved: '-1'")]
    [InlineData("1099511628", "w", "spec.quotas[h100].reserved: 1099511628000")]
    [InlineData("8", "elsewhere", "spec.workspace: there is no Workspace 'elsewhere'")]
    public void A_wrong_project_is_left_out_alone_and_told_its_field(string reserved, string workspace, string problem)
    {
        var declared = new Declared().With(Declared.Workspace()).With(Declared.Project("bad", reserved, workspace), Declared.Project("good"));
        Assert.Equal(["good"], Merge(declared, Nothing).Projects.Select(project => project.Name));
        Assert.False(Told(declared, "bad").Accepted);
        Assert.StartsWith(problem, Told(declared, "bad").Message);
        Assert.True(Told(declared, "good").Accepted);
    }

    [Theory]
    [InlineData("17", "1", "64Gi", "spec.gpus")]
    [InlineData("1.5", "1", "64Gi", "spec.gpus")]
    [InlineData("-1", "1", "64Gi", "spec.gpus")]
    [InlineData("1", "many", "64Gi", "spec.cpu")]
    [InlineData("1", "-1", "64Gi", "spec.cpu")]
    [InlineData("1", "1", "1.0001Mi", "spec.memory")]
    [InlineData("1", "1", "lots", "spec.memory")]
    public void A_wrong_profile_is_left_out_and_told_its_field(string gpus, string cpu, string memory, string field)
    {
        var declared = new Declared().With(Declared.Profile("bad", gpus, cpu, memory));
        Assert.Empty(Merge(declared, Nothing).Profiles);
        Assert.False(declared.Policy.OfProfiles["bad"].Accepted);
        Assert.StartsWith($"{field}: ", declared.Policy.OfProfiles["bad"].Message);
    }

    [Fact]
    public void A_profile_and_a_project_are_read_as_the_policy_file_would_be()
    {
        var declared = new Declared().With(Declared.Workspace()).With(Declared.Profile("share", "0.5", "0.5", "512Mi"), Declared.Profile("whole", "4", "48", "1Ti", "h100"));
        declared.With(Declared.Project("p") with
        {
            Spec = new() { Workspace = "w", MayBeUrgent = true, Quotas = new Dictionary<string, ProjectQuota> { ["h100"] = new() { Reserved = "0.125", OnDemand = "unlimited", Spot = "2" }, ["*"] = new() } },
        });

        var whole = Merge(declared, Nothing);
        Assert.Equal(new V1.MachineProfile { Name = "share", GpuCount = 1, GpuMilli = 500, CpuMilli = 500, MemoryMib = 512 }, whole.Profiles[0]);
        Assert.Equal(new V1.MachineProfile { Name = "whole", GpuCount = 4, GpuMilli = 1000, CpuMilli = 48_000, MemoryMib = 1 << 20, Group = "h100" }, whole.Profiles[1]);
        Assert.Equal(
            new V1.Project
            {
                Name = "p",
                Workspace = "w",
                MayBeUrgent = true,
                Quotas = { new V1.Quota { Group = "*", Spot = -1 }, new V1.Quota { Group = "h100", Reserved = 125, OnDemand = -1, Spot = 2_000 } },
            },
            whole.Projects.Single());
        Assert.Null(PolicyProblems.Of(whole.ToEngine()));
    }

    [Fact]
    public void The_last_good_version_stays_in_force_until_the_object_is_deleted()
    {
        var declared = new Declared().With(Declared.Workspace()).With(Declared.Project("p", "8"));
        Merge(declared, Nothing);
        declared.With(Declared.Project("p", "none", generation: 2));
        Assert.Equal(8_000, Merge(declared, Nothing).Projects.Single().Quotas.Single().Reserved);
        Assert.Equal((2, false), (declared.Policy.OfProjects["p"].Generation, declared.Policy.OfProjects["p"].Accepted));

        declared.Workspaces.Apply(new Change<Workspace>.Replaced([]));
        declared.With(Declared.Project("p", "9", generation: 3));
        Assert.Equal(8_000, Merge(declared, Nothing).Projects.Single().Quotas.Single().Reserved);

        declared.Projects.Apply(new Change<Project>.Deleted(Declared.Project("p")));
        Assert.Empty(Merge(declared, Nothing).Projects);
    }

    [Fact]
    public void Another_object_that_takes_the_name_has_no_share_in_what_was_good()
    {
        var declared = new Declared().With(Declared.Workspace()).With(Declared.Project("p", "8"));
        Merge(declared, Nothing);
        declared.Projects.Apply(new Change<Project>.Replaced([Declared.Project("p", "none", uid: "another")]));
        Assert.Empty(Merge(declared, Nothing).Projects);
    }

    [Fact]
    public void After_a_start_what_is_in_force_is_the_last_good_version()
    {
        var declared = new Declared().With(Declared.Workspace()).With(Declared.Project("p", "none"), Declared.Project("q", "none"));
        var inForce = new V1.SchedulingPolicy { Projects = { Entry("p", 8_000), Entry("q", 1_000), Entry("gone", 1_000) } };

        var whole = declared.Policy.Over(File("q"), inForce);
        Assert.Equal([("p", 8_000L), ("q", 1_000L)], whole.Projects.Select(project => (project.Name, project.Quotas.Single().Reserved)));
        // What the engine has of q is the file's: a new file replaces it.
        Assert.Equal(["p"], declared.Policy.Over(Nothing, inForce).Projects.Select(project => project.Name));
    }

    [Fact]
    public void When_the_whole_is_refused_those_in_force_stay_accepted_and_the_new_ones_hear_why()
    {
        var declared = new Declared().With(Declared.Workspace()).With(Declared.Project("old"));
        Merge(declared, Nothing);
        declared.With(Declared.Project("new"));
        declared.Policy.Over(Nothing, Nothing);
        declared.Policy.Settle("policy.projects: too many");

        Assert.Equal((true, ""), Told(declared, "old"));
        Assert.Equal((false, "policy.projects: too many"), Told(declared, "new"));
        Merge(declared, Nothing);
        Assert.Equal((true, ""), Told(declared, "new"));
    }

    [Fact]
    public void Only_a_change_of_a_spec_is_news()
    {
        var declared = new Declared().With(Declared.Project("p"));
        declared.With(Declared.Project("p") with { Status = new() { Gpus = "1" } });
        Assert.Equal(1, declared.Changes);
        declared.With(Declared.Project("p", generation: 2));
        declared.With(Declared.Project("p", generation: 2, uid: "another"));
        declared.Projects.Apply(new Change<Project>.Deleted(Declared.Project("p")));
        Assert.Equal(4, declared.Changes);
    }

    private static V1.SchedulingPolicy Merge(Declared declared, V1.SchedulingPolicy file)
    {
        var whole = declared.Policy.Over(file, Nothing);
        declared.Policy.Settle(null);
        return whole;
    }

    private static (bool Accepted, string Message) Told(Declared declared, string project)
        => (declared.Policy.OfProjects[project].Accepted, declared.Policy.OfProjects[project].Message);

    private static V1.SchedulingPolicy File(params string[] projects)
    {
        var policy = new V1.SchedulingPolicy();
        policy.Projects.AddRange(projects.Select(name => Entry(name, 1_000)));
        return policy;
    }

    private static V1.Project Entry(string name, long reserved)
        => new() { Name = name, Workspace = "w", Quotas = { new V1.Quota { Group = "h100", Reserved = reserved, Spot = -1 } } };
}
