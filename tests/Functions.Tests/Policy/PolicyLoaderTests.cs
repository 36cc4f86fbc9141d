using Pipeline.Contracts.V1;
using Pipeline.Functions.Policy;

namespace Pipeline.Functions.Tests.Policy;

public sealed class PolicyLoaderTests
{
    private const string Full = """
        workspaces:
          research:
            projects:
              vision: {}
          platform:
            projects:
              llm:
                mayBeUrgent: true
                quotas:
                  H100: { reserved: 16, onDemand: 0.5, spot: 4 }
                  "*": { onDemand: unlimited }
        machineProfiles:
          small: { gpus: 0.25, cpu: 1.5, memory: 512Mi }
          large: { gpus: 8, cpu: 96, memory: 1Ti, group: H100 }
        priority:
          table:
            - { provisioning: on-demand, purpose: qa, points: 7 }
            - { category: interactive, points: 3 }
          perSizeDoubling: 1
          perWaitingHour: 2
          forUse: 3
          forUtilization: 4
          forUrgency: 5
        spread: { minNodes: 6 }
        zones: { smallGpus: 7, mediumGpus: 9 }
        preemption:
          overrideBudgets: true
          gpuSecondsPerGpu: { training: 1, serving: 2, data: 3, interactive: 4 }
          gpuSecondsPerGang: 5
          minRun: 6s
        reservations: { drain: 7s, horizonDays: 8, holdAfter: 9m, maxHolds: 10 }
        gangs: { mixGroups: true }
        """;

    [Fact]
    public void Every_field_reaches_the_message()
        => Assert.Equal(
            new SchedulingPolicy
            {
                Projects =
                {
                    new Project
                    {
                        Name = "llm",
                        Workspace = "platform",
                        MayBeUrgent = true,
                        Quotas =
                        {
                            new Quota { Group = "*", OnDemand = -1, Spot = -1 },
                            new Quota { Group = "H100", Reserved = 16_000, OnDemand = 500, Spot = 4_000 },
                        },
                    },
                    new Project { Name = "vision", Workspace = "research" },
                },
                Profiles =
                {
                    new MachineProfile { Name = "large", GpuCount = 8, GpuMilli = 1000, CpuMilli = 96_000, MemoryMib = 1 << 20, Group = "H100" },
                    new MachineProfile { Name = "small", GpuCount = 1, GpuMilli = 250, CpuMilli = 1_500, MemoryMib = 512 },
                },
                Priority = new PriorityRules
                {
                    Table =
                    {
                        new PriorityRow { Provisioning = Provisioning.OnDemand, Purpose = Purpose.Qa, Points = 7 },
                        new PriorityRow { Category = Category.Interactive, Points = 3 },
                    },
                    PerSizeDoubling = 1,
                    PerWaitingHour = 2,
                    ForUse = 3,
                    ForUtilization = 4,
                    ForUrgency = 5,
                },
                SpreadMinNodes = 6,
                ZoneSmallGpus = 7,
                ZoneMediumGpus = 9,
                Preemption = new PreemptionRules
                {
                    OverrideBudgets = true,
                    TrainingPerGpu = 1,
                    ServingPerGpu = 2,
                    DataPerGpu = 3,
                    InteractivePerGpu = 4,
                    PerGang = 5,
                    MinRunSeconds = 6,
                },
                Reservations = new ReservationRules { DrainSeconds = 7, HorizonDays = 8, HoldAfterSeconds = 540, MaxHolds = 10 },
                MixGroups = true,
            },
            PolicyLoader.Parse("scheduling.yaml", Full));

    [Fact]
    public void The_shipped_file_says_what_holds_without_it()
        => Assert.Equal(PolicyLoader.Parse("empty.yaml", "{}"), PolicyLoader.Load(PolicyOptions.Shipped));

    [Fact]
    public void What_is_written_is_read_as_it_was()
    {
        var policy = PolicyLoader.Parse("scheduling.yaml", Full);
        Assert.Equal(policy, PolicyLoader.Parse("written.yaml", PolicyWriter.Write(policy)));
    }

    [Theory]
    [InlineData("*")]
    [InlineData("true")]
    [InlineData("null")]
    [InlineData("~")]
    [InlineData("1e3")]
    [InlineData("a: b # c")]
    [InlineData("- 'quoted' \"twice\"")]
    [InlineData(" blank at both ends ")]
    [InlineData("zwölf/프로젝트-🚀")]
    [InlineData("{a, [b]}")]
    [InlineData("a\tb\nc")]
    public void Names_of_any_kind_survive_being_written(string name)
    {
        var policy = PolicyLoader.Parse("empty.yaml", "{}");
        policy.Projects.Add(new Project { Name = name, Workspace = name, Quotas = { new Quota { Group = name, Reserved = 1, Spot = -1 } } });
        policy.Profiles.Add(new MachineProfile { Name = name, GpuCount = 1, GpuMilli = 1000, Group = name });
        Assert.Equal(policy, PolicyLoader.Parse("written.yaml", PolicyWriter.Write(policy)));
    }

    [Fact]
    public void All_mistakes_are_told_at_once()
    {
        var text = """
            workspaces:
              a:
                projects:
                  one: { quotas: { H100: { reserved: unlimited, spots: 1 } }, urgent: true }
              b:
                projects:
                  one: {}
              c: {}
            machineProfiles:
              odd: { gpus: 1.5, cpu: many, memory: 64 }
            priority: { table: [{ provisioning: free }], perWaitingHour: 0 }
            zones: { smallGpus: 9, mediumGpus: 8 }
            preemption: { minRun: 1500ms }
            colour: red
            """;
        var errors = Assert.Throws<PolicyException>(() => PolicyLoader.Parse("scheduling.yaml", text)).Errors;
        Assert.Equal(
            [
                "scheduling.yaml:4: workspaces.a.projects.one.quotas.H100.reserved: must be 0 to 1099511627.776, is unlimited",
                "scheduling.yaml:4: workspaces.a.projects.one.quotas.H100.spots: is unknown; known here: onDemand, reserved, spot",
                "scheduling.yaml:4: workspaces.a.projects.one.urgent: is unknown; known here: mayBeUrgent, quotas",
                "scheduling.yaml:7: workspaces.b.projects.one: there is a project \"one\" in workspace \"a\" already",
                "scheduling.yaml:8: workspaces.c.projects: is missing",
                "scheduling.yaml:10: machineProfiles.odd.gpus: above 1 it must be a whole number: only a single GPU can be shared",
                "scheduling.yaml:10: machineProfiles.odd.cpu: must be a number of cores such as 12 or 0.5, of at most three decimal places",
                "scheduling.yaml:10: machineProfiles.odd.memory: must be an amount of memory such as 512Mi, 64Gi or 2Ti",
                "scheduling.yaml:11: priority.perWaitingHour: must be 1 to 10000, is 0",
                "scheduling.yaml:11: priority.table[0].provisioning: must be one of reserved, on-demand, spot, is \"free\"",
                "scheduling.yaml:11: priority.table[0].points: is missing",
                "scheduling.yaml:12: zones.mediumGpus: must not be below smallGpus, which is 9",
                "scheduling.yaml:13: preemption.minRun: must be whole seconds",
                "scheduling.yaml:14: colour: is unknown; known here: gangs, machineProfiles, preemption, priority, reservations, spread, workspaces, zones",
            ],
            errors.Select(error => error.ToString()));
    }

    [Theory]
    [InlineData("0.5", 500)]
    [InlineData("8", 8_000)]
    [InlineData("0.001", 1)]
    [InlineData("unlimited", -1)]
    public void Quotas_are_counted_in_milli_GPU(string text, long milli)
    {
        var policy = PolicyLoader.Parse("p.yaml", $"workspaces: {{ w: {{ projects: {{ p: {{ quotas: {{ g: {{ onDemand: {text} }} }} }} }} }} }}");
        Assert.Equal(milli, policy.Projects[0].Quotas[0].OnDemand);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("0.0001")]
    [InlineData("\"1,5\"")]
    [InlineData("1e3")]
    [InlineData("99999999999999999999999999999999")]
    [InlineData("\"\"")]
    public void What_is_no_quota_is_refused(string text)
    {
        var errors = Assert.Throws<PolicyException>(() => PolicyLoader.Parse(
            "p.yaml", $"workspaces: {{ w: {{ projects: {{ p: {{ quotas: {{ g: {{ onDemand: {text} }} }} }} }} }} }}")).Errors;
        Assert.Contains("must be", Assert.Single(errors).Message);
    }

    [Theory]
    [InlineData("priority: { table: [] }", "p.yaml:1: priority.table: needs a row")]
    [InlineData("priority: { table: 5 }", "p.yaml:1: priority.table: must be a list")]
    [InlineData("priority: { table: [5] }", "p.yaml:1: priority.table[0]: must hold fields")]
    [InlineData("spread: [3]", "p.yaml:1: spread: must hold fields")]
    [InlineData("spread: { minNodes: 3 }\nspread: { minNodes: 3 }", "p.yaml:2: spread: is given twice")]
    [InlineData("", "p.yaml:1: the file is empty")]
    [InlineData("[", "p.yaml:2: is not YAML")]
    public void A_single_mistake_is_told_with_its_place(string text, string expected)
        => Assert.StartsWith(expected, Assert.Single(Assert.Throws<PolicyException>(() => PolicyLoader.Parse("p.yaml", text)).Errors).ToString());

    [Fact]
    public void A_file_that_is_missing_is_named()
        => Assert.Equal(
            "/nowhere/scheduling.yaml:1: cannot be read",
            Assert.Single(Assert.Throws<PolicyException>(() => PolicyLoader.Load("/nowhere/scheduling.yaml")).Errors).ToString()[..42]);
}
