using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Effects;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Scheduling.Tests.Repair;

public sealed class TellingTests
{
    private readonly RepairScenario _s = new(Playbook.Standard);
    private readonly string _run;

    public TellingTests() => _run = _s.Open().Id;

    [Fact]
    public void One_teller_at_a_time_may_tell_a_story()
    {
        var reply = Claim("one");
        Assert.Equal(Outcome.Done, reply.Outcome);
        Assert.Equal(_run, Assert.IsType<Run>(reply.Detail).Id);

        Assert.Equal(Outcome.Refused, Claim("other").Outcome);
        Assert.Equal(Outcome.Refused, Record("other", told: 1).Outcome);
        Assert.Equal(Outcome.Done, Record("one", told: 1).Outcome);
    }

    [Fact]
    public void A_claim_ends_with_its_lease()
    {
        Claim("one");
        _s.Advance(RepairScenario.Minute);

        Assert.Equal(Outcome.Done, Claim("other").Outcome);
        Assert.Equal(Outcome.Refused, Record("one", told: 1).Outcome);
    }

    [Fact]
    public void A_teller_may_renew_its_claim()
    {
        Claim("one");
        _s.Advance(RepairScenario.Minute - 1);
        Claim("one");
        _s.Advance(RepairScenario.Minute - 1);

        Assert.Equal(Outcome.Refused, Claim("other").Outcome);
    }

    [Fact]
    public void A_claim_that_was_released_is_free_at_once()
    {
        Claim("one");
        Record("one", told: 1, release: true);

        Assert.Equal(Outcome.Refused, Record("one", told: 2).Outcome);
        Assert.Equal(Outcome.Refused, Record("", told: 2).Outcome);
        Assert.Equal(Outcome.Done, Claim("other").Outcome);
    }

    [Fact]
    public void What_was_told_only_ever_grows_and_ends_with_the_story()
    {
        Claim("one");
        var length = _s.ById(_run).Timeline.Length;

        Record("one", told: int.MaxValue);
        Record("one", told: -5);

        Assert.Equal(length, Assert.Single(_s.ById(_run).Tellings).Told);
    }

    [Fact]
    public void Each_sender_has_its_own_reference_and_progress()
    {
        Claim("one");
        Record("one", told: 1, sender: "slack", reference: "thread");
        Record("one", told: 2, sender: "jira", reference: "GPU-1");
        Record("one", told: 2, sender: "slack", reference: "thread");

        Assert.Equal([new Telling("slack", "thread", 2), new Telling("jira", "GPU-1", 2)], _s.ById(_run).Tellings.AsEnumerable());
        _s.AssertReplays();
    }

    [Fact]
    public void A_run_has_a_bounded_number_of_senders()
    {
        Claim("one");
        for (var i = 0; i < 8; i++)
            Assert.Equal(Outcome.Done, Record("one", told: 1, sender: $"sender-{i}").Outcome);

        var reply = Record("one", told: 1, sender: "one too many");

        Assert.Equal(Outcome.Invalid, reply.Outcome);
        Assert.StartsWith("sender:", (string?)reply.Detail, StringComparison.Ordinal);
        Assert.Equal(Outcome.Done, Record("one", told: 2, sender: "sender-7").Outcome);
    }

    [Fact]
    public void An_ended_run_can_still_be_told()
    {
        _s.RemoveNode(RepairScenario.NameOf(1));

        Assert.Equal(Outcome.Done, Claim("one").Outcome);
        Record("one", told: int.MaxValue, release: true);

        Assert.Empty(_s.Repair.Unsettled);
    }

    [Fact]
    public void One_wake_up_is_for_all_that_there_is_to_tell()
    {
        Assert.Single(Tells());
        for (var i = 0; i < 3; i++)
        {
            _s.Advance(1);
            _s.Fire(_s.Alert());
        }

        Assert.Empty(Tells());
        _s.Advance(1);
        Claim("one");
        _s.Advance(1);
        Record("one", told: int.MaxValue, release: true);
        Assert.Empty(Tells());
        _s.Advance(1);
        _s.Fire(_s.Alert());
        Assert.Single(Tells());
    }

    [Fact]
    public void A_story_pauses_for_a_second_after_it_was_told_so_that_what_comes_in_quick_succession_is_told_at_once()
    {
        Assert.Equal(0, Assert.Single(Tells()).Delay);
        Claim("one");
        Record("one", told: int.MaxValue, release: true);
        _s.Advance(300);
        _s.Fire(_s.Alert());
        Assert.Equal(700, Assert.Single(Tells()).Delay);

        _s.Advance(700);
        Claim("one");
        Record("one", told: int.MaxValue, release: true);
        _s.Advance(RepairScenario.Second);
        _s.Fire(_s.Alert());
        Assert.Equal(0, Assert.Single(Tells()).Delay);
    }

    [Fact]
    public void What_happens_while_somebody_tells_is_asked_for_when_he_ends()
    {
        Tells();
        Claim("one");
        _s.Fire(_s.Alert());
        Assert.Empty(Tells());

        Record("one", told: 1);
        Assert.Empty(Tells());
        Record("one", told: 1, release: true);
        Assert.Equal(RepairScenario.Second, Assert.Single(Tells()).Delay);
        _s.AssertReplays();
    }

    [Fact]
    public void What_a_teller_has_not_managed_to_tell_is_for_him_to_try_again()
    {
        Tells();
        Claim("one");
        Record("one", told: 0, release: true);
        Assert.Empty(Tells());
        _s.Pass(RepairScenario.Minute);
        Assert.Single(Tells());
    }

    [Fact]
    public void What_a_teller_that_died_was_not_told_of_is_asked_for_when_its_lease_has_ended()
    {
        Tells();
        Claim("one");
        _s.Fire(_s.Alert());
        _s.Pass(RepairScenario.Minute - 1);
        Assert.Empty(Tells());
        _s.Pass(1);
        Assert.Single(Tells());
    }

    [Fact]
    public void A_run_that_does_not_exist_is_not_found()
    {
        Assert.Equal(Outcome.NotFound, _s.Do(new ClaimTellingCommand { Run = "r-1-99", Teller = "one", Lease = 1 }).Outcome);
        Assert.Equal(Outcome.NotFound, _s.Do(new RecordTellingCommand { Run = "r-1-99", Teller = "one", Sender = "slack" }).Outcome);
        Assert.Equal(Outcome.NotFound, _s.Do(new ConfirmMarkCommand { Run = "r-1-99" }).Outcome);
    }

    /// <summary>Since it was last asked.</summary>
    private List<Effect.Tell> Tells()
    {
        var tells = _s.Effects.OfType<Effect.Tell>().ToList();
        _s.Effects.Clear();
        return tells;
    }

    private Reply Claim(string teller) => _s.Do(new ClaimTellingCommand { Run = _run, Teller = teller, Lease = RepairScenario.Minute });

    private Reply Record(string teller, int told, bool release = false, string sender = "slack", string reference = "")
        => _s.Do(new RecordTellingCommand { Run = _run, Teller = teller, Sender = sender, Reference = reference, Told = told, Release = release });
}
