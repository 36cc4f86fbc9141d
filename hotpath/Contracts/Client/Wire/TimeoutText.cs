using System.Globalization;

namespace Pipeline.Contracts.Client.Wire;

/// <summary>The form of <c>grpc-timeout</c>: at most eight digits and a unit.</summary>
internal static class TimeoutText
{
    private const long MostDigits = 99_999_999;

    /// <summary>The smallest unit that holds it; rounded up, since the server must not be more impatient than its caller.</summary>
    public static string Of(TimeSpan timeout)
    {
        var microseconds = Math.Max(1, (long)Math.Ceiling(timeout.TotalMicroseconds));
        if (microseconds <= MostDigits)
            return Text(microseconds, 'u');
        var milliseconds = (microseconds + 999) / 1000;
        if (milliseconds <= MostDigits)
            return Text(milliseconds, 'm');
        return Text(Math.Min((milliseconds + 999) / 1000, MostDigits), 'S');
    }

    private static string Text(long value, char unit) => string.Create(CultureInfo.InvariantCulture, $"{value}{unit}");
}
