using System.Globalization;

namespace Pipeline.Scheduling.Reservations;

/// <summary>Why a reservation was not admitted, and what to ask for instead. Each suggestion holds as long as the calendar stays as it is.</summary>
/// <param name="Reason">Names the field.</param>
/// <param name="NodesThatFit">The most nodes that would be admitted at that time; 0: none.</param>
/// <param name="EarliestStart">Unix milliseconds of the earliest later start at which all nodes would be admitted for as long; 0: none was found.</param>
/// <param name="TriedUntil">Without such a start, Unix milliseconds of the last one that was tried; 0: there is none within the horizon.</param>
public sealed record ReservationConflict(string Reason, int NodesThatFit, long EarliestStart, long TriedUntil = 0)
{
    public override string ToString() => (NodesThatFit, EarliestStart) switch
    {
        (0, 0) => $"{Reason} No start {Horizon} would do.{Rest}",
        (_, 0) => $"{Reason} Ask for {NodesThatFit}; all would fit at no start {Horizon}.{Rest}",
        (0, _) => $"{Reason} Start at {At(EarliestStart)} or choose another time.",
        _ => $"{Reason} Ask for {NodesThatFit}, or start at {At(EarliestStart)}.",
    };

    private string Horizon => TriedUntil == 0 ? "within the horizon" : $"up to {At(TriedUntil)}";

    private string Rest => TriedUntil == 0 ? "" : " Later ones were not tried.";

    private static string At(long time)
        => DateTimeOffset.FromUnixTimeMilliseconds(time).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture) + $" ({time})";
}
