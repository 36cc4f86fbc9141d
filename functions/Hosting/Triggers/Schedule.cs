using System.Diagnostics.CodeAnalysis;
using NCrontab;

namespace Pipeline.Functions.Hosting.Triggers;

/// <summary>An NCRONTAB expression of six fields (second, minute, hour, day, month, day of week), in UTC.</summary>
public sealed class Schedule
{
    // 29 February on a given weekday comes back within 40 years; a schedule without an occurrence in that time has none.
    private const int SearchYears = 41;

    private readonly CrontabSchedule _cron;

    private Schedule(string text, CrontabSchedule cron)
    {
        Text = text;
        _cron = cron;
    }

    public string Text { get; }

    /// <summary>Two occurrences are a minute or more apart, which is when Azure Functions monitors a schedule by default.</summary>
    public bool IsRare
    {
        get
        {
            var first = Next(DateTimeOffset.UnixEpoch);
            return first is { } one && Next(one) is { } two && two - one >= TimeSpan.FromMinutes(1);
        }
    }

    public static bool TryParse(string text, [NotNullWhen(true)] out Schedule? schedule, [NotNullWhen(false)] out string? why)
    {
        schedule = null;
        why = null;
        var fields = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
        if (fields != 6)
            why = $"is '{text}', which has {fields} fields, but needs six: second minute hour day month day-of-week";
        else if (CrontabSchedule.TryParse(text, new CrontabSchedule.ParseOptions { IncludingSeconds = true }) is not { } cron)
            why = $"is '{text}', which is no NCRONTAB expression";
        else if (new Schedule(text, cron) is var parsed && parsed.Next(DateTimeOffset.UnixEpoch) is null)
            why = $"is '{text}', which never occurs";
        else
            schedule = parsed;
        return schedule is not null;
    }

    /// <summary>The first occurrence after <paramref name="time"/>; null when there is none any more.</summary>
    public DateTimeOffset? Next(DateTimeOffset time)
    {
        var end = time.UtcDateTime.AddYears(SearchYears);
        var next = _cron.GetNextOccurrence(time.UtcDateTime, end);
        return next == end ? null : new DateTimeOffset(DateTime.SpecifyKind(next, DateTimeKind.Utc));
    }
}
