using Pipeline.Functions.Notify;
using Pipeline.Functions.Tests.Notify.Support;

namespace Pipeline.Functions.Tests.Notify;

/// <summary>The process dies at each point where something was created outside, before or after it was recorded, and is started again.</summary>
public sealed class CrashTests
{
    // Records of a full pass over the story below: log; Slack card, reply; Jira issue, closing; release.
    private const int Records = 6;

    public static TheoryData<int> Points => [.. Enumerable.Range(1, Records)];

    [Theory]
    [MemberData(nameof(Points))]
    public async Task A_crash_before_a_record_repeats_at_most_one_slack_message_and_no_issue(int point)
    {
        await using var world = await NotifyWorld.StartAsync(slack: true, jira: true);
        await CrashAsync(world, point, recorded: false);

        Assert.InRange(world.Slack.Messages.Count, 2, 3);
        Assert.InRange(world.Slack.Parents.Count, 1, 2);
        AssertJiraToldOnce(world);
    }

    [Theory]
    [MemberData(nameof(Points))]
    public async Task A_crash_after_a_record_repeats_nothing(int point)
    {
        await using var world = await NotifyWorld.StartAsync(slack: true, jira: true);
        await CrashAsync(world, point, recorded: true);

        Assert.Single(world.Slack.Parents);
        Assert.Equal(2, world.Slack.Messages.Count);
        AssertJiraToldOnce(world);
    }

    [Fact]
    public async Task A_comment_that_was_not_recorded_is_not_written_again()
    {
        await using var world = await NotifyWorld.StartAsync(jira: true);
        await world.TellAsync(Runs.New());
        world.Repair.BeforeRecord = record =>
        {
            if (record.Sender == "jira")
                throw new CrashException();
        };
        await Assert.ThrowsAsync<CrashException>(() => world.TellAsync(Runs.New().Drained()));

        world.Repair.BeforeRecord = _ => { };
        world.Restart();
        world.Clock.Advance(NotifyLimits.Lease);
        await world.TellAsync(Runs.New().Drained().Rebooted());

        var comments = Assert.Single(world.Jira.Issues).CommentTexts;
        Assert.Equal(2, comments.Count);
        Assert.Contains("Drain, attempt 1: done in 3 s", comments[0], StringComparison.Ordinal);
        Assert.DoesNotContain("Drain", comments[1], StringComparison.Ordinal);
        Assert.Equal(6, world.Repair.Telling("jira")!.Told);
    }

    private static async Task CrashAsync(NotifyWorld world, int point, bool recorded)
    {
        var run = Runs.New().Drained().Rebooted().Healed();
        var records = 0;
        // Whoever is dead stays dead: the release in the handler's finally block must fail too.
        Action crash = () => throw new CrashException();
        world.Repair.BeforeRecord = _ =>
        {
            if (++records > point || (!recorded && records == point))
                crash();
        };
        world.Repair.AfterRecord = _ =>
        {
            if (recorded && records == point)
                crash();
        };
        await Assert.ThrowsAsync<CrashException>(() => world.TellAsync(run));

        world.Repair.BeforeRecord = world.Repair.AfterRecord = _ => { };
        world.Restart();
        world.Clock.Advance(NotifyLimits.Lease);
        await world.TellAsync(run);
        while (world.Queue.Messages.Count > 0)
            await world.DeliverAsync();

        Assert.Equal(run.Timeline.Count, world.Repair.Telling("slack")!.Told);
        Assert.Equal(run.Timeline.Count, world.Repair.Telling("jira")!.Told);
        Assert.EndsWith("/closed", world.Repair.Telling("jira")!.Reference, StringComparison.Ordinal);
    }

    private static void AssertJiraToldOnce(NotifyWorld world)
    {
        var issue = Assert.Single(world.Jira.Issues);
        Assert.Equal("Done", issue.Status);
        var text = string.Join('\n', issue.CommentTexts.Prepend(issue.DescriptionText));
        Assert.Equal(2, text.Split("Reboot, attempt 2: done in 8 s").Length);
        Assert.Equal(2, text.Split("is back in scheduling").Length);
    }
}
