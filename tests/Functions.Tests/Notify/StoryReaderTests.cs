using Pipeline.Contracts.V1;
using Pipeline.Functions.Notify;
using Pipeline.Functions.Tests.Notify.Support;

namespace Pipeline.Functions.Tests.Notify;

public sealed class StoryReaderTests
{
    [Fact]
    public void A_detail_is_one_bounded_line_of_printable_text()
    {
        var story = StoryReader.Read(Runs.New().Then(RunState.Acting, "Note", detail: "a\r\nforged line\0\tb " + new string('x', 5_000)), "log", null);

        var detail = story.Chapters[^1].Detail;
        Assert.StartsWith("a forged line b x", detail, StringComparison.Ordinal);
        Assert.DoesNotContain(detail, char.IsControl);
        Assert.Equal(NotifyLimits.DetailLength + 1, detail.Length);
        Assert.EndsWith("…", detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("one line as it is (XID 79)", "one line as it is (XID 79)")]
    [InlineData("  spaces  around   words ", "spaces around words")]
    [InlineData("Prüfung → 済 \ud83d\ude80", "Prüfung → 済 \ud83d\ude80")]
    [InlineData("no\u2028line\u0085end\u007f", "no line end")]
    [InlineData("", "")]
    public void A_detail_is_told_in_single_words(string detail, string told)
        => Assert.Equal(told, StoryReader.Read(Runs.New().Then(RunState.Acting, "Note", detail: detail), "log", null).Chapters[^1].Detail);

    [Fact]
    public void Each_sender_sees_its_own_telling()
    {
        var run = Runs.New().Drained();
        run.Tellings.Add(new Telling { Sender = "slack", Reference = "C1/2.3", Told = 2 });

        var slack = StoryReader.Read(run, "slack", null);
        var jira = StoryReader.Read(run, "jira", null);

        Assert.Equal(("C1/2.3", 2, 2), (slack.Reference, slack.Told, slack.Untold.Count()));
        Assert.Equal(("", 0, 4), (jira.Reference, jira.Told, jira.Untold.Count()));
    }

    [Fact]
    public void A_start_after_the_receipt_is_a_wrong_clock_and_left_out()
    {
        var run = Runs.New();
        run.StartsAt = run.OpenedAt + 1;

        Assert.Null(StoryReader.Read(run, "log", null).StartsAt);
    }

    [Fact]
    public void The_link_leads_to_the_run_below_the_public_address() =>
        Assert.Equal(
            "https://gpu.example/pipeline/api/runs/r-0001",
            StoryReader.Read(Runs.New(), "log", new NotifyOptions { PublicUrl = "https://gpu.example/pipeline" }.PublicUri).Link!.AbsoluteUri);

    [Fact]
    public void Only_entries_that_change_state_step_or_attempt_move_the_run()
    {
        var story = StoryReader.Read(Runs.New().Drained().Then(RunState.Draining, "Note", StepKind.Drain, 1), "log", null);

        Assert.Equal([true, true, true, false, false], story.Chapters.Select(chapter => chapter.Moved));
    }
}
