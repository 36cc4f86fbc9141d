using Pipeline.Contracts.V1;
using Pipeline.Functions.Notify;
using Pipeline.Functions.Tests.Notify.Support;
using Reason = Pipeline.Scheduling.Repair.Reason;

namespace Pipeline.Functions.Tests.Notify;

public sealed class StoryTextTests
{
    [Fact]
    public void A_whole_repair_reads_as_a_story()
    {
        var story = Read(Runs.New().Drained().Rebooted().Healed());

        Assert.Equal(
            [
                "Fault accepted: XID 79, GPU 3 has fallen off the bus",
                "gpu-0012 left scheduling: XID 79, GPU 3 has fallen off the bus",
                "Drain, attempt 1: started",
                "Drain, attempt 1: done in 3 s",
                "Reboot, attempt 2: started",
                "Reboot, attempt 2: done in 8 s",
                "Health check, attempt 3: started",
                "Health check, attempt 3: passed in 2 s",
                "gpu-0012 is back in scheduling: soak completed. "
                    + "Time to act (MTTA): 42 s from the alert's start, 0.3 s from receipt. "
                    + "Time to repair (MTTR): 56 s from the alert's start, 14 s from receipt.",
            ],
            Sentences(story));
    }

    [Fact]
    public void An_escalation_says_who_is_needed_and_keeps_the_failure()
    {
        var story = Read(Runs.New().Escalated());

        Assert.Contains("Health check, attempt 3: failed after 2 s: GPU 3 does not answer", Sentences(story));
        Assert.StartsWith("A person is needed for gpu-0012: ladder exhausted, every step was tried. Time to act", Sentences(story)[^1], StringComparison.Ordinal);
        Assert.True(story.Chapters[^1].CallsPerson);
    }

    [Fact]
    public void Times_are_said_once_when_an_escalation_ends_in_new_hardware()
    {
        var sentences = Sentences(Read(Runs.New().Escalated().Then(RunState.NeedsHardware, "HardwareSuspected")));

        Assert.Equal("A person is needed for gpu-0012: ladder exhausted, every step was tried", sentences[^2]);
        Assert.StartsWith("The hardware of gpu-0012 must be replaced: hardware suspected. Time to act", sentences[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_that_a_person_returns_names_the_person()
    {
        var run = Runs.New().Escalated().Then(RunState.Escalated, "NodeReturned");
        run.Timeline[^1].Actor = "kim";

        Assert.Equal("gpu-0012 was given back to scheduling by kim", Sentences(Read(run))[^1]);
    }

    [Fact]
    public void A_run_that_ends_before_any_action_says_that_the_node_never_left()
    {
        var run = Runs.New();
        run.Timeline.Clear();

        var story = Read(run.Then(RunState.Observed, "FaultObserved").Then(RunState.Healthy, "AlertResolved"));

        Assert.Equal("Closed, gpu-0012 never left scheduling: alert resolved", Sentences(story)[^1]);
    }

    [Fact]
    public void A_code_that_nobody_foresaw_is_told_in_its_own_words()
    {
        var story = Read(Runs.New().Then(RunState.Quarantined, "MoonTooFull", detail: "by a half"));

        Assert.Equal("Moon too full, by a half", Sentences(story)[^1]);
    }

    [Fact]
    public void Every_reason_of_the_engine_has_words_of_its_own()
    {
        Assert.Equal(Enum.GetNames<Reason>().Order(StringComparer.Ordinal), ReasonText.Known.Keys.Order(StringComparer.Ordinal));
        Assert.Distinct(ReasonText.Known.Values);
    }

    [Fact]
    public void A_mark_whose_run_is_lost_a_persons_uncordon_and_a_node_that_leaves_are_told()
    {
        var found = Runs.New();
        found.Timeline.Clear();

        Assert.Equal(
            [
                "gpu-0012 stays out of scheduling: of the run only its mark on the node was left, run r-0001: Soaking, Soak, attempt 3",
                "Soaking: of the run only its mark on the node was left, once more in full",
            ],
            Sentences(Read(found.Then(RunState.Quarantined, "MarkFound", detail: "run r-0001: Soaking, Soak, attempt 3").Then(RunState.Soaking, "MarkFound", detail: "once more in full"))));
        Assert.StartsWith(
            "gpu-0012 is back in scheduling: ended by a person, the run's mark was taken off the node. Time to act",
            Sentences(Read(Runs.New().Then(RunState.Healthy, "CancelledByPerson", detail: "the run's mark was taken off the node")))[^1],
            StringComparison.Ordinal);
        Assert.Equal(
            "The repair of gpu-0012 is over: the node is gone, it has left the cluster",
            Sentences(Read(Runs.New().Drained().Then(RunState.Escalated, "NodeRemoved", detail: "it has left the cluster")))[^1]);
    }

    [Fact]
    public void Without_the_start_of_the_alert_only_the_receipt_counts()
    {
        var run = Runs.New().Healed();
        run.StartsAt = 0;

        Assert.EndsWith("(MTTR): 3 s from receipt.", Sentences(Read(run))[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "0.0 s")]
    [InlineData(349, "0.3 s")]
    [InlineData(999, "0.9 s")]
    [InlineData(8_700, "8 s")]
    [InlineData(380_000, "6 min 20 s")]
    [InlineData(7_500_000, "2 h 5 min")]
    [InlineData(180_000_000, "50 h 0 min")]
    public void Durations_are_short(int milliseconds, string text) =>
        Assert.Equal(text, StoryText.Duration(TimeSpan.FromMilliseconds(milliseconds)));

    [Theory]
    [InlineData("Steps 2 to 5 of run r-0001.", 5)]
    [InlineData("Steps 2 to 5 of run r-00010.", null)]
    [InlineData("Steps 2 to x of run r-0001.", null)]
    [InlineData("Steps of run r-0001.", null)]
    [InlineData("thanks, see Steps 2 to 5 of run r-0001.", null)]
    public void A_span_is_found_again_only_for_its_own_run(string text, int? last) =>
        Assert.Equal(last, StoryText.LastOfSpan(Read(Runs.New()), text));

    [Fact]
    public void Evidence_lists_the_end_of_every_attempt()
    {
        var evidence = StoryText.Evidence(Read(Runs.New().Drained().Rebooted().Escalated())).ToList();

        Assert.Equal(4, evidence.Count);
        Assert.Contains("fac0861a85de433a", evidence[0], StringComparison.Ordinal);
        Assert.Equal("Health check, attempt 3: failed after 2 s: GPU 3 does not answer", evidence[^1]);
    }

    private static Story Read(Run run) => StoryReader.Read(run, "log", null);

    // Without the time in front.
    private static List<string> Sentences(Story story) => [.. story.Chapters.Select(chapter => StoryText.Line(story, chapter)["00:00:00 ".Length..])];
}
