using System.Collections.Immutable;
using Pipeline.Scheduling.Commands;
using Pipeline.Scheduling.Repair;

namespace Pipeline.Scheduling.Tests.Repair;

/// <summary>Every error names its field; the scenario checks that a refused command leaves the state as it was.</summary>
public sealed class ValidationTests
{
    private static readonly string Long = new('x', 8_193);
    private static readonly AlertSignal Good = new RepairScenario(Playbook.Standard).Alert();

    public static TheoryData<string, AlertSignal> Alerts => new()
    {
        { "fingerprint", Good with { Fingerprint = "" } },
        { "fingerprint", Good with { Fingerprint = Long } },
        { "fingerprint", Good with { Fingerprint = "\ud800" } },
        { "startsAt", Good with { StartsAt = 0 } },
        { "startsAt", Good with { StartsAt = -1 } },
        { "status", Good with { Status = 0 } },
        { "status", Good with { Status = (AlertStatus)3 } },
        { "kind", Good with { Kind = 0 } },
        { "kind", Good with { Kind = (AlertKind)99 } },
        { "node", Good with { Node = Long } },
        { "node", Good with { Node = "\udc00a" } },
        { "summary", Good with { Summary = Long } },
        { "alertName", Good with { AlertName = Long } },
        { "faultClass", Good with { FaultClass = Long } },
        { "labels", Good with { Labels = [Long] } },
        { "labels", Good with { Labels = [.. Enumerable.Repeat("a=b", 257)] } },
    };

    public static TheoryData<string, RepairPolicy> Policies => new()
    {
        { "maxRepairingPercent", Playbook.Standard with { MaxRepairingPercent = 0 } },
        { "maxRepairingPercent", Playbook.Standard with { MaxRepairingPercent = 101 } },
        { "maxAttempts", Playbook.Standard with { MaxAttempts = 0 } },
        { "maxAttempts", Playbook.Standard with { MaxAttempts = 101 } },
        { "unknownXidClass", Playbook.Standard with { UnknownXidClass = "none" } },
        { "xids[5]", Playbook.Standard with { Xids = ImmutableDictionary<int, string>.Empty.Add(5, "none") } },
        { "correlations", Playbook.Standard with { Correlations = default } },
        { "correlations[48]", Playbook.Standard with { Correlations = [new CorrelationRule(48, [], 1, "memory")] } },
        { "correlations[48]", Playbook.Standard with { Correlations = [new CorrelationRule(48, default, 1, "memory")] } },
        { "correlations[48]", Playbook.Standard with { Correlations = [new CorrelationRule(48, [63], 0, "memory")] } },
        { "correlations[48]", Playbook.Standard with { Correlations = [new CorrelationRule(48, [63], long.MaxValue, "memory")] } },
        { "correlations[48]", Playbook.Standard with { Correlations = [new CorrelationRule(48, [63], 1, "none")] } },
        { "classes", Playbook.Standard with { Classes = Playbook.Standard.Classes.Add("other", Playbook.Fault("name", 1)) } },
        { "classes", Playbook.Standard with { Classes = Playbook.Standard.Classes.Add("", Playbook.Fault("", 1)) } },
        { "classes[a].severity", WithClass(fault => fault with { Severity = 0 }) },
        { "classes[a].severity", WithClass(fault => fault with { Severity = 101 }) },
        { "classes[a].repeats", WithClass(fault => fault with { Repeats = -1 }) },
        { "classes[a].repeats", WithClass(fault => fault with { Repeats = 101, Window = 1 }) },
        { "classes[a].window", WithClass(fault => fault with { Repeats = 2, Window = 0 }) },
        { "classes[a].window", WithClass(fault => fault with { Window = -1 }) },
        { "classes[a].window", WithClass(fault => fault with { Repeats = 2, Window = long.MaxValue }) },
        { "classes[a].soak", WithClass(fault => fault with { Soak = -1 }) },
        { "classes[a].soak", WithClass(fault => fault with { Soak = long.MaxValue }) },
        { "classes[a].ending", WithClass(fault => fault with { Ending = RunState.Healthy }) },
        { "classes[a].ladder", WithClass(fault => fault with { Ladder = default }) },
        { "classes[a].ladder", WithClass(fault => fault with { Ladder = [.. Enumerable.Repeat(Playbook.Reboot, 65)] }) },
        { "classes[a].ladder", WithStep(Playbook.Check) },
        { "classes[a].ladder", WithStep(Playbook.Action(StepKind.None)) },
        { "classes[a].ladder", WithStep(Playbook.Action(StepKind.Soak)) },
        { "classes[a].ladder", WithStep(Playbook.Action((StepKind)99)) },
        { "classes[a].ladder[Reboot]", WithStep(Playbook.Reboot with { Deadline = 0 }) },
        { "classes[a].ladder[Reboot]", WithStep(Playbook.Reboot with { Deadline = long.MaxValue }) },
        { "classes[a].ladder[Reboot]", WithStep(Playbook.Reboot with { Tries = 0 }) },
        { "classes[a].healthCheck.deadline", WithClass(fault => fault with { HealthCheck = Playbook.Check with { Deadline = 0 } }) },
        { "classes[a].healthCheck.deadline", WithClass(fault => fault with { HealthCheck = Playbook.Check with { Deadline = long.MaxValue } }) },
        { "classes[a].healthCheck.tries", WithClass(fault => fault with { HealthCheck = Playbook.Check with { Tries = -1 } }) },
    };

    public static TheoryData<string, Command> Others => new()
    {
        { "source", new ReportAlertsCommand { Alerts = [Good], Source = Long } },
        { "alerts", new ReportAlertsCommand { Alerts = [.. Enumerable.Repeat(Good, 10_001)] } },
        { "alerts", new ReportAlertsCommand { Alerts = default } },
        { "truncatedAlerts", new ReportAlertsCommand { Alerts = [Good], TruncatedAlerts = -1 } },
        { "teller", new ClaimTellingCommand { Run = "r-1-1", Lease = 1 } },
        { "teller", new ClaimTellingCommand { Run = "r-1-1", Lease = 1, Teller = Long } },
        { "lease", new ClaimTellingCommand { Run = "r-1-1", Teller = "one" } },
        { "lease", new ClaimTellingCommand { Run = "r-1-1", Teller = "one", Lease = 600_001 } },
        { "sender", new RecordTellingCommand { Run = "r-1-1", Teller = "one" } },
        { "sender", new RecordTellingCommand { Run = "r-1-1", Teller = "one", Sender = Long } },
        { "reference", new RecordTellingCommand { Run = "r-1-1", Teller = "one", Sender = "slack", Reference = Long } },
        { "actor", new ReturnNodeCommand { Node = "gpu-0001" } },
        { "actor", new ReturnNodeCommand { Node = "gpu-0001", Actor = Long } },
        { "actor", new BeginStepCommand { Run = "r-1-1", Step = StepKind.Drain, Attempt = 1, Actor = Long } },
        { "actor", new CompleteStepCommand { Run = "r-1-1", Step = StepKind.Drain, Attempt = 1, Outcome = StepOutcome.Failed, Actor = Long } },
        { "outcome", new CompleteStepCommand { Run = "r-1-1", Step = StepKind.Drain, Attempt = 1 } },
        { "outcome", new CompleteStepCommand { Run = "r-1-1", Step = StepKind.Drain, Attempt = 1, Outcome = (StepOutcome)4 } },
    };

    [Theory]
    [MemberData(nameof(Alerts), DisableDiscoveryEnumeration = true)]
    public void A_bad_alert_refuses_its_notification_as_a_whole(string field, AlertSignal alert)
    {
        var s = new RepairScenario(Playbook.Standard);

        AssertInvalid($"alerts[1].{field}:", s.Do(new ReportAlertsCommand { Alerts = [Good, alert], Source = "grafana" }));

        Assert.Empty(s.Repair.Alerts);
        Assert.Equal(0, s.QuarantinedBy(1));
    }

    [Theory]
    [MemberData(nameof(Policies), DisableDiscoveryEnumeration = true)]
    public void A_bad_policy_is_refused_and_the_one_before_stays(string field, RepairPolicy policy)
    {
        var s = new RepairScenario(Playbook.Standard);

        AssertInvalid(field + ":", s.Do(new SetPolicyCommand { Policy = policy }));

        Assert.Equal("gpu-reset", s.Open().Class.Name);
    }

    [Theory]
    [MemberData(nameof(Others), DisableDiscoveryEnumeration = true)]
    public void A_bad_field_is_named(string field, Command command)
    {
        var s = new RepairScenario(Playbook.Standard);
        s.Open();

        AssertInvalid(field + ":", s.Do(command));
    }

    [Fact]
    public void The_same_policy_again_changes_nothing()
    {
        var s = new RepairScenario(Playbook.Standard);

        Assert.Equal(Outcome.Unchanged, s.Do(new SetPolicyCommand { Policy = Playbook.Standard with { MaxAttempts = 12 } }).Outcome);
    }

    [Fact]
    public void Class_names_are_told_apart_by_their_letters_whatever_the_caller_compares_by()
    {
        var loose = Playbook.Standard with { Classes = Playbook.Standard.Classes.WithComparers(StringComparer.OrdinalIgnoreCase) };
        var s = new RepairScenario(loose);

        Assert.Equal(AlertOutcome.Ignored, s.Fire(s.Alert(xid: 0, fault: "GPU-RESET")));

        s.AssertReplays();
        AssertInvalid("unknownXidClass:", s.Do(new SetPolicyCommand { Policy = loose with { UnknownXidClass = "REBOOT" } }));
    }

    [Fact]
    public void A_message_with_half_a_character_is_kept_as_a_replay_reads_it()
    {
        var s = new RepairScenario(Playbook.Standard);
        s.Open();
        s.BeginNext(StepKind.Drain);

        Assert.Equal(Outcome.Done, s.Complete(s.Wake, StepOutcome.Failed, "cut \ud83d").Outcome);

        Assert.Equal("cut \ufffd", s.OfNode(1).Timeline.Single(entry => entry.Reason == Reason.AttemptFailed).Detail);
        s.AssertReplays();
        s.Restart();
    }

    [Fact]
    public void A_message_as_long_as_a_log_is_cut_and_the_outcome_is_taken()
    {
        var s = new RepairScenario(Playbook.Standard);
        s.Open();
        s.Begin(s.Wake);

        Assert.Equal(Outcome.Done, s.Complete(s.Wake, StepOutcome.Failed, new string('x', 1_000_000)).Outcome);

        Assert.All(s.OfNode(1).Timeline, entry => Assert.InRange(entry.Detail.Length, 0, 4_096));
        s.AssertReplays();
    }

    private static void AssertInvalid(string start, Reply reply)
    {
        Assert.Equal((Outcome.Invalid, false), (reply.Outcome, reply.Changed));
        Assert.StartsWith(start, (string?)reply.Detail, StringComparison.Ordinal);
    }

    private static RepairPolicy WithClass(Func<FaultClass, FaultClass> change)
        => Playbook.Standard with { Classes = Playbook.Standard.Classes.Add("a", change(Playbook.Fault("a", 50, Playbook.Reboot))) };

    private static RepairPolicy WithStep(LadderStep step) => WithClass(fault => fault with { Ladder = [step] });
}
