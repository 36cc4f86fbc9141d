using Pipeline.Scheduling.Commands;

namespace Pipeline.Scheduling.Repair;

/// <summary>Who may tell a run's story, and how far it is told. One teller at a time, so that no thread is opened twice.</summary>
internal static class Tellings
{
    /// <summary>Of <see cref="Run.ToldAt"/>: there is more to tell than the one who tells knows of.</summary>
    public const long AskLater = 0;

    /// <summary>A wake-up that nobody has answered for so long is lost. Milliseconds.</summary>
    public const long Patience = 30_000;

    // People read no faster, and chat services take about a message a second (api.slack.com, "Rate limits"). Milliseconds.
    private const long Pause = 1_000;

    private const int MaxSenders = 8;

    /// <summary>A teller that died must not silence a run for longer than this.</summary>
    private const long MaxLease = 600_000;

    public static bool IsBeingTold(Run run, long now) => run.Teller.Length > 0 && run.TellerUntil > now;

    /// <summary>A wake-up is under way, and nobody has told anything since.</summary>
    public static bool IsAskedFor(Run run, long now) => run.ToldAt > run.TellerUntil && run.ToldAt <= now && now - run.ToldAt < Patience;

    /// <summary>Milliseconds for which nobody should tell yet, so that what happens in quick succession is told at once.</summary>
    public static long PauseLeft(Run run, long now) => Math.Clamp(run.TellerUntil + Pause - now, 0, Pause);

    /// <summary>All that there is, or nobody wants to hear it any more.</summary>
    public static bool IsTold(Run run)
        => run.ToldAt == long.MaxValue || (!run.Tellings.IsEmpty && run.Tellings.All(telling => telling.Told >= run.Timeline.Length));

    /// <summary>There is something to tell, and nobody does.</summary>
    public static bool IsUntold(Run run, long now) => !IsTold(run) && !IsBeingTold(run, now);

    public static Reply Claim(RepairScope scope, ClaimTellingCommand command)
    {
        if (command.Teller.Length == 0)
            return Reply.Invalid("teller: must not be empty");
        if (Texts.Problem(command.Teller) is { } problem)
            return Reply.Invalid($"teller: {problem}");
        if (command.Lease is <= 0 or > MaxLease)
            return Reply.Invalid($"lease: must be 1 to {MaxLease} ms");
        if (scope.State.RunById(command.Run) is not { } run)
            return Reply.Of(Outcome.NotFound);
        if (run.Teller != command.Teller && IsBeingTold(run, scope.Now))
            return Reply.Of(Outcome.Refused);
        run = run with { Teller = command.Teller, TellerUntil = scope.Now + command.Lease, ToldAt = run.ToldAt == AskLater ? scope.Now : run.ToldAt };
        scope.Keep(run);
        return Reply.Of(Outcome.Done, run);
    }

    public static Reply Record(RepairScope scope, RecordTellingCommand command)
    {
        if (command.Sender.Length == 0)
            return Reply.Invalid("sender: must not be empty");
        if (Texts.Problem(command.Sender) is { } problem)
            return Reply.Invalid($"sender: {problem}");
        if (Texts.Problem(command.Reference) is { } wrong)
            return Reply.Invalid($"reference: {wrong}");
        if (scope.State.RunById(command.Run) is not { } run)
            return Reply.Of(Outcome.NotFound);
        if (run.Teller != command.Teller || command.Teller.Length == 0)
            return Reply.Of(Outcome.Refused);
        var index = IndexOf(run, command.Sender);
        if (index < 0 && run.Tellings.Length >= MaxSenders)
            return Reply.Invalid($"sender: a run has at most {MaxSenders}");
        var told = Math.Clamp(command.Told, index < 0 ? 0 : run.Tellings[index].Told, run.Timeline.Length);
        var telling = new Telling(command.Sender, command.Reference, told);
        run = run with { Tellings = index < 0 ? run.Tellings.Add(telling) : run.Tellings.SetItem(index, telling) };
        if (command.Release)
        {
            run = run with { Teller = "", TellerUntil = scope.Now };
            if (run.ToldAt == AskLater)
                run = scope.AskForTelling(run);
        }

        scope.Keep(run);
        return Reply.Of(Outcome.Done);
    }

    private static int IndexOf(Run run, string sender)
    {
        for (var i = 0; i < run.Tellings.Length; i++)
        {
            if (run.Tellings[i].Sender == sender)
                return i;
        }

        return -1;
    }
}
