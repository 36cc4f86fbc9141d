using System.Collections.Immutable;
using System.Text;
using Pipeline.Contracts.V1;

namespace Pipeline.Functions.Notify;

/// <summary>Makes a <see cref="Story"/> of the engine's <see cref="Run"/>.</summary>
public static class StoryReader
{
    /// <summary>The story as the sender of that name has told it so far.</summary>
    /// <param name="publicUrl">Address under which people reach this system; null leaves links out.</param>
    public static Story Read(Run run, string sender, Uri? publicUrl)
    {
        var telling = run.Tellings.FirstOrDefault(telling => telling.Sender == sender);
        var about = run.Summary.Length > 0 ? run.Summary : run.FaultClass;
        return new Story
        {
            Run = run.Id,
            Node = OneLine(run.Node),
            Title = OneLine($"{run.Node}: {about}"),
            Cause = OneLine(about),
            State = run.State,
            Step = run.Step,
            Attempt = run.Attempt,
            FaultClass = OneLine(run.FaultClass),
            StartsAt = run.StartsAt > 0 && run.StartsAt <= run.OpenedAt ? Time(run.StartsAt) : null,
            OpenedAt = Time(run.OpenedAt),
            EndedAt = run.EndedAt > 0 ? Time(run.EndedAt) : null,
            Chapters = Chapters(run),
            Fingerprints = [.. run.Fingerprints],
            Link = publicUrl is null ? null : new Uri(publicUrl, $"api/runs/{Uri.EscapeDataString(run.Id)}"),
            Reference = telling?.Reference ?? "",
            Told = Math.Max(0, telling?.Told ?? 0),
        };
    }

    private static ImmutableArray<StoryChapter> Chapters(Run run)
    {
        var chapters = ImmutableArray.CreateBuilder<StoryChapter>(run.Timeline.Count);
        // An attempt's number is never used twice in a run.
        var firstOfAttempt = new Dictionary<int, long>();
        TimelineEntry? before = null;
        foreach (var entry in run.Timeline)
        {
            TimeSpan? took = null;
            if (entry.Attempt > 0 && !firstOfAttempt.TryAdd(entry.Attempt, entry.At))
                took = TimeSpan.FromMilliseconds(Math.Max(0, entry.At - firstOfAttempt[entry.Attempt]));
            var entered = before is null || before.State != entry.State;
            chapters.Add(new StoryChapter(
                chapters.Count + 1,
                Time(entry.At),
                entry.State,
                entry.Step,
                entry.Attempt,
                entry.Reason,
                OneLine(entry.Actor),
                OneLine(entry.Detail),
                took,
                entered,
                entered || before!.Step != entry.Step || before.Attempt != entry.Attempt));
            before = entry;
        }

        return chapters.DrainToImmutable();
    }

    /// <summary>Alert texts come from outside: line ends and control characters could forge a second line in a log or a message.</summary>
    private static string OneLine(string text)
    {
        // A timeline has up to 200 entries, and all are read each time that a story goes on.
        if (IsOneLine(text))
            return text;
        var line = new StringBuilder(Math.Min(text.Length, NotifyLimits.DetailLength) + 1);
        Span<char> utf16 = stackalloc char[2];
        foreach (var rune in text.EnumerateRunes())
        {
            if (line.Length >= NotifyLimits.DetailLength)
            {
                line.Append('…');
                break;
            }

            if (!Rune.IsControl(rune) && !Rune.IsWhiteSpace(rune))
                line.Append(utf16[..rune.EncodeToUtf16(utf16)]);
            else if (line.Length > 0 && line[^1] != ' ')
                line.Append(' ');
        }

        return line.ToString().TrimEnd();
    }

    /// <summary>Short words of ASCII with one space between them; false for many a text that would do as well.</summary>
    private static bool IsOneLine(string text)
    {
        if (text.Length > NotifyLimits.DetailLength || text is [' ', ..] or [.., ' '])
            return false;
        return !text.AsSpan().ContainsAnyExceptInRange(' ', '~') && !text.Contains("  ", StringComparison.Ordinal);
    }

    private static DateTimeOffset Time(long unixMilliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(unixMilliseconds);
}
