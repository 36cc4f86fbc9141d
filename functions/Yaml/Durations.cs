namespace Pipeline.Functions.Yaml;

/// <summary>Durations in milliseconds as operators write them: a whole number and a unit, <c>ms</c>, <c>s</c>, <c>m</c>, <c>h</c> or <c>d</c>.</summary>
internal static class Durations
{
    public const long Second = 1000;
    public const long Hour = 3600 * Second;
    public const long Day = 24 * Hour;

    private static readonly WholeUnits Units = new("s", ("ms", 1), ("s", Second), ("m", 60 * Second), ("h", Hour), ("d", Day));

    public static Notation Notation { get; } = new("a duration such as 90s, 10m or 1h", Units.TryParse, Units.Text);
}
