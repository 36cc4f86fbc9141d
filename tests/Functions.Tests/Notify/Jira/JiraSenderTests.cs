using Pipeline.Contracts.V1;
using Pipeline.Functions.Tests.Notify.Support;

namespace Pipeline.Functions.Tests.Notify.Jira;

public sealed class JiraSenderTests
{
    [Fact]
    public async Task A_repaired_node_leaves_one_closed_issue_with_the_whole_story()
    {
        await using var world = await NotifyWorld.StartAsync(jira: true);

        await world.TellAsync(Runs.New());
        await world.TellAsync(Runs.New().Drained().Rebooted());
        await world.TellAsync(Runs.New().Drained().Rebooted().Healed());
        await world.TellAsync(Runs.New().Drained().Rebooted().Healed());

        var issue = Assert.Single(world.Jira.Issues);
        Assert.Equal("gpu-0012: XID 79, GPU 3 has fallen off the bus", issue.Summary);
        Assert.Equal(["repair", "inc-r-0001"], issue.Labels.AsEnumerable());
        Assert.Equal("Done", issue.Status);
        Assert.Contains("gpu-0012 left scheduling", issue.DescriptionText, StringComparison.Ordinal);
        Assert.Equal(2, issue.Comments.Length);
        Assert.Contains("Reboot, attempt 2: done in 8 s", issue.CommentTexts[0], StringComparison.Ordinal);
        Assert.Contains("(MTTR): 56 s", issue.CommentTexts[1], StringComparison.Ordinal);
        Assert.Equal("GPU-1/closed", world.Repair.Telling("jira")!.Reference);
    }

    [Fact]
    public async Task A_story_told_late_takes_a_search_a_creation_and_a_transition()
    {
        await using var world = await NotifyWorld.StartAsync(jira: true);

        await world.TellAsync(Runs.New().Drained().Rebooted().Healed());

        Assert.Equal(
            [
                "POST /rest/api/3/search/jql",
                "POST /rest/api/3/issue",
                "GET /rest/api/3/issue/GPU-1",
                "GET /rest/api/3/issue/GPU-1/transitions",
                "POST /rest/api/3/issue/GPU-1/transitions",
            ],
            world.Jira.Calls);
    }

    [Theory]
    [InlineData(RunState.Escalated)]
    [InlineData(RunState.NeedsHardware)]
    public async Task An_issue_that_needs_a_person_stays_open_with_the_evidence(RunState end)
    {
        await using var world = await NotifyWorld.StartAsync(jira: true);
        await world.TellAsync(Runs.New());

        await world.TellAsync(Runs.New().Drained().Tried(RunState.Acting, StepKind.PowerCycle, 2, "AttemptFailed", 9_000, "no power").Then(end, "LadderExhausted"));

        var issue = Assert.Single(world.Jira.Issues);
        Assert.Equal("To Do", issue.Status);
        Assert.Contains("What is known and what was tried", issue.CommentTexts[0], StringComparison.Ordinal);
        Assert.Contains("fac0861a85de433a", issue.CommentTexts[0], StringComparison.Ordinal);
        Assert.Contains("Power cycle, attempt 2: failed after 9 s: no power", issue.CommentTexts[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_transition_is_found_by_name_whatever_state_a_person_left_the_issue_in()
    {
        await using var world = await NotifyWorld.StartAsync(jira: true);
        await world.TellAsync(Runs.New());
        world.Jira.Move("GPU-1", "Start work");

        await world.TellAsync(Runs.New().Healed());

        Assert.Equal("Done", world.Jira.Issues[0].Status);
    }

    [Fact]
    public async Task An_issue_that_a_person_closed_is_left_as_it_is()
    {
        await using var world = await NotifyWorld.StartAsync(jira: true);
        await world.TellAsync(Runs.New());
        world.Jira.Move("GPU-1", "Done");

        await world.TellAsync(Runs.New().Healed());

        Assert.DoesNotContain("POST /rest/api/3/issue/GPU-1/transitions", world.Jira.Calls);
        Assert.EndsWith("/closed", world.Repair.Telling("jira")!.Reference, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_issue_that_a_person_opens_again_stays_open()
    {
        await using var world = await NotifyWorld.StartAsync(jira: true);
        await world.TellAsync(Runs.New().Healed());
        world.Jira.Move("GPU-1", "Reopen");

        await world.TellAsync(Runs.New().Healed().Then(RunState.Healthy, "Note"));

        Assert.Equal("To Do", world.Jira.Issues[0].Status);
        Assert.Single(world.Jira.Issues[0].Comments);
    }

    [Fact]
    public async Task Without_a_transition_of_that_name_the_choices_are_logged()
    {
        await using var world = await NotifyWorld.StartAsync(jira: true, settings: ("Jira:DoneTransitions", "Resolve, Close"));

        await world.TellAsync(Runs.New().Healed());

        Assert.Equal(1, world.Log.Count("no_transition"));
        Assert.Equal(1, world.Log.Count("Start work, Done"));
        Assert.Equal(30, Assert.Single(world.Queue.Messages).Delay.TotalSeconds);
    }

    [Fact]
    public async Task The_first_transition_name_that_exists_is_taken()
    {
        await using var world = await NotifyWorld.StartAsync(jira: true, settings: ("Jira:DoneTransitions", "Resolve, done"));

        await world.TellAsync(Runs.New().Healed());

        Assert.Equal("Done", world.Jira.Issues[0].Status);
    }

    [Theory]
    [InlineData("jira-per-issue-on-write")]
    [InlineData("jira-burst-based")]
    public async Task Throttling_is_obeyed_and_its_reason_is_told(string reason)
    {
        await using var world = await NotifyWorld.StartAsync(jira: true);
        world.Jira.Faults.Throttle(23, "/rest/api/3/issue", reason);

        await world.TellAsync(Runs.New());
        Assert.Empty(world.Jira.Issues);
        Assert.Equal(1, world.Log.Count(reason));
        Assert.Equal(23, (await world.DeliverAsync()).Delay.TotalSeconds);

        Assert.Single(world.Jira.Issues);
    }

    [Fact]
    public async Task Refused_fields_are_logged_one_by_one()
    {
        await using var world = await NotifyWorld.StartAsync(jira: true, settings: [("Jira:IssueType", "Nonsense"), ("Jira:ProjectKey", "NONE")]);

        await world.TellAsync(Runs.New());

        Assert.Equal(1, world.Log.Count("Jira refuses field issuetype: Specify a valid issue type"));
        Assert.Equal(1, world.Log.Count("Jira refuses field project: valid project is required"));
        Assert.Null(world.Repair.Telling("jira"));
    }

    [Fact]
    public async Task A_wrong_token_is_a_refusal()
    {
        await using var world = await NotifyWorld.StartAsync(jira: true);
        world.Jira.ApiToken = "another";

        await world.TellAsync(Runs.New());
        await world.DeliverAsync();

        Assert.Equal(1, world.Log.Count("refuses the story (http_401)"));
        Assert.Equal(60, Assert.Single(world.Queue.Messages).Delay.TotalSeconds);
    }

    [Theory]
    [InlineData("/search/jql", 1)]
    [InlineData("/comment", 2)]
    public async Task An_answer_that_is_not_jiras_tells_and_opens_nothing(string path, int times)
    {
        await using var world = await NotifyWorld.StartAsync(jira: true);
        await world.TellAsync(Runs.New());
        if (path == "/search/jql")
            world.Repair.Forget(Runs.Id);

        world.Jira.Faults.Fail(200, path, times);
        await world.TellAsync(Runs.New().Drained());
        while (world.Queue.Messages.Count > 0)
            await world.DeliverAsync();

        Assert.Contains("Drain, attempt 1", Assert.Single(Assert.Single(world.Jira.Issues).CommentTexts), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deleted_issue_is_not_made_again()
    {
        await using var world = await NotifyWorld.StartAsync(jira: true);
        var run = Runs.New().Drained();
        run.Tellings.Add(new Telling { Sender = "jira", Reference = "GPU-77", Told = 2 });

        await world.TellAsync(run);

        Assert.Empty(world.Jira.Issues);
        Assert.Equal(1, world.Log.Count("http_404"));
    }

    [Fact]
    public async Task An_existing_issue_is_found_on_a_later_page_and_only_by_its_exact_label()
    {
        await using var world = await NotifyWorld.StartAsync(jira: true);
        world.Jira.SearchPageSize = 1;
        await world.TellAsync(Runs.New("R-0001"));
        await world.TellAsync(Runs.New());
        Assert.Equal(2, world.Jira.Issues.Count);

        // The engine lost what it knew of the second issue.
        world.Repair.Forget(Runs.Id);
        await world.TellAsync(Runs.New().Drained());

        Assert.Equal(2, world.Jira.Issues.Count);
        Assert.Equal("GPU-2", world.Repair.Telling("jira")!.Reference);
        Assert.Contains("Drain, attempt 1", Assert.Single(world.Jira.Issues[1].CommentTexts), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_story_with_long_details_fits_into_jiras_limits()
    {
        await using var world = await NotifyWorld.StartAsync(jira: true);
        var run = Runs.New();
        run.Summary = new string('s', 5_000);
        for (var attempt = 1; attempt <= 70; attempt++)
            run.Then(RunState.Acting, "AttemptFailed", StepKind.Reboot, attempt, new string('d', 5_000));

        await world.TellAsync(run.Then(RunState.Escalated, "LadderExhausted"));

        var issue = Assert.Single(world.Jira.Issues);
        Assert.Equal(255, issue.Summary.Length);
        Assert.Equal(2, issue.Comments.Length);
        Assert.Equal(run.Timeline.Count, world.Repair.Telling("jira")!.Told);
    }
}
