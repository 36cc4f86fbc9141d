using Microsoft.Extensions.Configuration;
using Pipeline.Contracts.V1;
using Pipeline.Functions.Repair.Playbooks;
using Pipeline.Functions.Tests.Repair.Support;

namespace Pipeline.Functions.Tests.Repair;

public sealed class PlaybookLoaderTests
{
    [Fact]
    public void A_folder_becomes_a_policy()
    {
        using var folder = new PlaybookFolder();
        var policy = folder.Load().Policy;
        Assert.Equal(
            new RepairPolicy
            {
                MaxRepairingPercent = 20,
                MaxAttempts = 12,
                UnknownXidClass = "broken",
                Xids = { new XidRule { Xid = 79, FaultClass = "broken" } },
                Correlations = { new CorrelationRule { Xid = 48, With = { 63, 64 }, Window = 600_000, FaultClass = "broken" } },
                Classes =
                {
                    new FaultClass
                    {
                        Name = "broken",
                        Severity = 50,
                        Repeats = 2,
                        Window = 3_600_000,
                        Soak = 300_000,
                        Ending = Ending.NeedsHardware,
                        HealthCheck = new() { Step = StepKind.HealthCheck, Deadline = 120_000, Tries = 3, Repeatable = true },
                        Ladder =
                        {
                            new LadderStep { Step = StepKind.Drain, Deadline = 600_000, Tries = 2, Repeatable = true, EscalateOnFailure = true, OnlyFaultyGpus = true },
                            new LadderStep { Step = StepKind.GpuReset, Deadline = 90_000, Tries = 1, Repeatable = true },
                        },
                    },
                },
            },
            policy);
    }

    [Fact]
    public void A_class_without_observation_acts_at_once()
    {
        using var folder = new PlaybookFolder();
        folder.Write("broken.yaml", PlaybookFolder.Broken.Replace("observe: { repeats: 2, window: 1h }\n", ""));
        Assert.Equal(1, folder.Load().Policy.Classes.Single().Repeats);
    }

    [Theory]
    [InlineData("scope: gpu", "scope: node")]
    [InlineData("  - { step: gpuReset", "  - { step: drain, scope: node, deadline: 10m }\n  - { step: gpuReset")]
    [InlineData("  - { step: drain, scope: gpu, deadline: 10m, tries: 2, onFailure: escalate }\n", "")]
    public void A_node_may_be_rebooted_that_was_drained_as_a_whole_or_not_at_all(string part, string instead)
    {
        using var folder = new PlaybookFolder();
        Assert.Contains(part, PlaybookFolder.Broken);
        folder.Write("broken.yaml", PlaybookFolder.Broken.Replace(part, instead).Replace("gpuReset", "reboot"));
        Assert.Equal(StepKind.Reboot, folder.Load().Policy.Classes.Single().Ladder[^1].Step);
    }

    [Fact]
    public void All_mistakes_of_all_files_are_told_at_once()
    {
        using var folder = new PlaybookFolder();
        folder.Write("guard.yaml", "maxRepairingPercent: 0\nmaxAttempts: many\nmaxNodes: 3\n");
        folder.Write("broken.yaml", PlaybookFolder.Broken.Replace("severity: 50", "severity: 101").Replace("90s", "soon"));
        folder.Write("taxonomy.yaml", PlaybookFolder.Taxonomy.Replace("unknownClass: broken", "unknownClass: brokne"));
        Assert.Equal(
            [
                "broken.yaml:2: severity: must be 1 to 100, is 101",
                "broken.yaml:6: ladder[1].deadline: must be a duration such as 90s, 10m or 1h",
                "guard.yaml:1: maxRepairingPercent: must be 1 to 100, is 0",
                "guard.yaml:2: maxAttempts: must be a whole number",
                "guard.yaml:3: maxNodes: is unknown; known here: maxAttempts, maxRepairingPercent",
                "taxonomy.yaml:8: xid.unknownClass: there is no class \"brokne\"",
            ],
            folder.Errors().Select(error => error.ToString()));
    }

    [Theory]
    [InlineData("broken.yaml", "class: broken", "class: Broken Thing", "broken.yaml:1: class: must be lower-case words")]
    [InlineData("broken.yaml", "class: broken\n", "", "broken.yaml:1: class: is missing")]
    [InlineData("broken.yaml", "severity: 50", "severity: \"50\"", "broken.yaml:2: severity: must be a whole number")]
    [InlineData("broken.yaml", "severity: 50", "severity: 50\nseverity: 51", "broken.yaml:3: severity: is given twice, first in line 2")]
    [InlineData("broken.yaml", "severity: 50", "severity: [50]", "broken.yaml:2: severity: must be a whole number")]
    [InlineData("broken.yaml", "severity: 50", "severity: 50\ncolour: red", "broken.yaml:3: colour: is unknown")]
    [InlineData("broken.yaml", "window: 1h", "window: 10", "broken.yaml:3: observe.window: must be a duration")]
    [InlineData("broken.yaml", ", window: 1h", "", "broken.yaml:3: observe.window: is missing")]
    [InlineData("broken.yaml", "repeats: 2", "repeats: -1", "broken.yaml:3: observe.repeats: must be 0 to 100, is -1")]
    [InlineData("broken.yaml", "step: drain", "step: drian", "broken.yaml:5: ladder[0].step: must be one of drain, driverReset, gpuReset, reboot, powerCycle, is \"drian\"")]
    [InlineData("broken.yaml", "deadline: 10m", "deadline: 25h", "broken.yaml:5: ladder[0].deadline: must be 1s to 1d, is 25h")]
    [InlineData("broken.yaml", "deadline: 10m", "deadline: 99999999999999999999d", "broken.yaml:5: ladder[0].deadline: must be a duration")]
    [InlineData("broken.yaml", "tries: 2,", "tries: 11,", "broken.yaml:5: ladder[0].tries: must be 1 to 10, is 11")]
    [InlineData("broken.yaml", "scope: gpu", "scope: rack", "broken.yaml:5: ladder[0].scope: must be one of node, gpu, is \"rack\"")]
    [InlineData("broken.yaml", "onFailure: escalate", "onFailure: shrug", "broken.yaml:5: ladder[0].onFailure: must be one of next, escalate, is \"shrug\"")]
    [InlineData("broken.yaml", "deadline: 90s", "deadline: 90s, scope: gpu", "broken.yaml:6: ladder[1].scope: only a drain has one")]
    [InlineData("broken.yaml", "step: gpuReset", "step: reboot", "broken.yaml:6: ladder[1].step: takes down the whole node")]
    [InlineData("broken.yaml", "step: gpuReset", "step: powerCycle", "broken.yaml:6: ladder[1].step: takes down the whole node")]
    [InlineData("broken.yaml", "step: gpuReset", "step: driverReset", "broken.yaml:6: ladder[1].step: takes down the whole node")]
    [InlineData("broken.yaml", "ending: needsHardware", "ending: happy", "broken.yaml:9: ending: must be one of escalated, needsHardware, is \"happy\"")]
    [InlineData("broken.yaml", "ending: needsHardware", "", "broken.yaml:1: ending: is missing")]
    [InlineData("broken.yaml", "healthCheck: { deadline: 2m, tries: 3 }", "", "broken.yaml:1: healthCheck: is missing")]
    [InlineData("broken.yaml", "healthCheck: { deadline: 2m, tries: 3 }", "healthCheck: 2m", "broken.yaml:7: healthCheck: must hold fields")]
    [InlineData("broken.yaml", "soak: 5m", "soak: 5 m", "broken.yaml:8: soak: must be a duration")]
    [InlineData("broken.yaml", "ladder:", "ladder: &anchor", "")]
    [InlineData("broken.yaml", "soak: 5m", "soak: *missing", "broken.yaml:8: is not YAML")]
    [InlineData("broken.yaml", "soak: 5m", "soak: {", "is not YAML")]
    [InlineData("guard.yaml", "maxAttempts: 12", "- 12", "guard.yaml:2: is not YAML")]
    [InlineData("taxonomy.yaml", "nodeLabels: [node]", "nodeLabels: node", "taxonomy.yaml:1: nodeLabels: must be a list")]
    [InlineData("taxonomy.yaml", "nodeLabels: [node]", "nodeLabels: [node, [x]]", "taxonomy.yaml:1: nodeLabels[1]: must be a text")]
    [InlineData("taxonomy.yaml", "nodeLabels: [node]", "nodeLabels: ['', [x]]", "taxonomy.yaml:1: nodeLabels[1]: must be a text")]
    [InlineData("taxonomy.yaml", "79: { name", "7x9: { name", "taxonomy.yaml:18: xids.7x9: must be an XID, 1 to 9999")]
    [InlineData("taxonomy.yaml", "79: { name", "0: { name", "taxonomy.yaml:18: xids.0: must be an XID, 1 to 9999")]
    [InlineData("taxonomy.yaml", "79: { name", "079: { name: X, class: broken }\n  79: { name", "taxonomy.yaml:19: xids.79: XID 79 is given twice")]
    [InlineData("taxonomy.yaml", "79: { name", "79: { name: X, class: broken }\n  79: { name", "taxonomy.yaml:19: xids.79: is given twice, first in line 18")]
    [InlineData("taxonomy.yaml", "OFF_THE_BUS, class: broken", "OFF_THE_BUS, class: off", "taxonomy.yaml:18: xids.79.class: there is no class \"off\"")]
    [InlineData("taxonomy.yaml", "alert: 'Hot'", "alert: '(Hot'", "taxonomy.yaml:16: rules[0].alert: is not a regular expression")]
    [InlineData("taxonomy.yaml", "alert: 'Hot'", "label: team", "taxonomy.yaml:16: rules[0].label: label and equals go together")]
    [InlineData("taxonomy.yaml", "alert: 'Hot', ", "", "taxonomy.yaml:16: rules[0].alert: a rule needs alert or label")]
    [InlineData("taxonomy.yaml", "None: broken", "None: [broken]", "taxonomy.yaml:12: xid154.actions.None: must be a text")]
    [InlineData("taxonomy.yaml", "None: broken", "None: broken\n    none: broken", "taxonomy.yaml:13: xid154.actions.none: is given twice, in other letters")]
    [InlineData("taxonomy.yaml", "with: [63, 64]", "with: [63, x]", "taxonomy.yaml:14: correlations[0].with: must be a list of XIDs")]
    [InlineData("taxonomy.yaml", "with: [63, 64]", "with: []", "taxonomy.yaml:14: correlations[0].with: must be a list of XIDs")]
    [InlineData("taxonomy.yaml", "window: 10m", "window: 2d", "taxonomy.yaml:14: correlations[0].window: must be 1s to 1d, is 2d")]
    public void A_mistake_is_told_with_file_line_and_field(string file, string good, string bad, string error)
    {
        using var folder = new PlaybookFolder();
        var text = file switch { "broken.yaml" => PlaybookFolder.Broken, "guard.yaml" => PlaybookFolder.Guard, _ => PlaybookFolder.Taxonomy };
        Assert.Contains(good, text);
        folder.Write(file, text.Replace(good, bad));
        if (error.Length == 0)
            Assert.Single(folder.Load().Policy.Classes);
        else
            Assert.Contains(folder.Errors(), found => found.ToString().Contains(error, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void A_ladder_that_the_engine_would_not_take_is_told(int rungs, bool taken)
    {
        const string Reset = "  - { step: gpuReset, deadline: 90s, onFailure: next }\n";
        using var folder = new PlaybookFolder();
        folder.Write("broken.yaml", PlaybookFolder.Broken.Replace(Reset, string.Concat(Enumerable.Repeat(Reset, rungs - 1))));

        if (taken)
            Assert.Equal(rungs, folder.Load().Policy.Classes.Single().Ladder.Count);
        else
            Assert.Equal("broken.yaml:4: ladder: must have 0 to 64 rungs", Assert.Single(folder.Errors()).ToString());
    }

    [Fact]
    public void A_class_in_two_files_is_told()
    {
        using var folder = new PlaybookFolder();
        folder.Write("other.yaml", PlaybookFolder.Broken);
        Assert.Equal("other.yaml:1: class: \"broken\" is already in broken.yaml", Assert.Single(folder.Errors()).ToString());
    }

    [Theory]
    [InlineData("taxonomy.yaml")]
    [InlineData("guard.yaml")]
    public void A_missing_file_is_told(string file)
    {
        using var folder = new PlaybookFolder();
        Assert.Equal($"{file}:1: the file is missing", Assert.Single(folder.Remove(file).Errors()).ToString());
    }

    [Fact]
    public void An_empty_file_is_told()
    {
        using var folder = new PlaybookFolder();
        Assert.Contains(folder.Write("extra.yaml", "# nothing\n").Errors(), error => error.ToString() == "extra.yaml:1: the file is empty");
    }

    [Fact]
    public void A_file_that_would_not_be_read_is_told()
    {
        using var folder = new PlaybookFolder();
        Assert.Equal("extra.yml:1: name it .yaml, or it is not read", Assert.Single(folder.Write("extra.yml", PlaybookFolder.Broken).Errors()).ToString());
    }

    [Fact]
    public void A_folder_that_does_not_exist_is_told()
    {
        var error = Assert.Throws<PlaybookException>(() => PlaybookLoader.Load("/no/such/folder", ShippedPlaybooks.Repeatable));
        Assert.Contains("/no/such/folder:1: there is no such folder", error.Message);
    }

    [Fact]
    public void A_file_that_nests_without_end_is_told()
    {
        using var folder = new PlaybookFolder();
        var error = Assert.Single(folder.Write("broken.yaml", $"class: {new string('[', 500)}").Errors(), error => error.File == "broken.yaml");
        Assert.Contains("too deep", error.Message);
    }

    [Fact]
    public void The_folder_can_be_configured_and_is_the_shipped_one_by_default()
    {
        Assert.Equal(Path.Combine(AppContext.BaseDirectory, "Repair", "Playbooks"), Options(null).Directory);
        Assert.Equal("/etc/playbooks", Options("/etc/playbooks").Directory);
    }

    private static PlaybookOptions Options(string? directory) => PlaybookOptions.From(
        new ConfigurationBuilder().AddInMemoryCollection([new("Playbooks:Directory", directory)]).Build());
}
