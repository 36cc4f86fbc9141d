using System.Globalization;

namespace Pipeline.Scheduling.Reservations;

/// <summary>Why a reservation was not admitted, and what to ask for instead. Each suggestion holds as long as the calendar stays as it is.</summary>
/// <param name="Reason">Names the field.</param>
/// <param name="NodesThatFit">The most nodes that would be admitted at that time; 0: none.</param>
/// <param name="EarliestStart">Unix milliseconds of the earliest later start at which all nodes would be admitted for as long; 0: none within the horizon.</param>
public sealed record ReservationConflict(string Reason, int NodesThatFit, long EarliestStart)
{
    public override string ToString() => (NodesThatFit, EarliestStart) switch
    {
        (0, 0) => $"{Reason} No start within the horizon would do.",
        (_, 0) => $"{Reason} Ask for {NodesThatFit}; all would fit at no start within the horizon.",
        (0, _) => $"{Reason} Start at {At} or choose another time.",
        _ => $"{Reason} Ask for {NodesThatFit}, or start at {At}.",
    };

    private string At => DateTimeOffset.FromUnixTimeMilliseconds(EarliestStart).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)
        + $" ({EarliestStart})";
}
