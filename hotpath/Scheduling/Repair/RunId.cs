namespace Pipeline.Scheduling.Repair;

/// <summary>Ids of runs: <c>r-{opened}-{number}</c> in base 36. The number finds the run, the time makes it unique over installations.</summary>
public static class RunId
{
    private const string Digits = "0123456789abcdefghijklmnopqrstuvwxyz";

    public static string Of(long openedAt, long number) => $"r-{Encode(openedAt)}-{Encode(number)}";

    public static bool TryParse(string id, out long number)
    {
        number = 0;
        var dash = id.LastIndexOf('-');
        if (!id.StartsWith("r-", StringComparison.Ordinal) || dash < 3 || dash == id.Length - 1 || id.Length - dash > 12)
            return false;
        foreach (var letter in id.AsSpan(dash + 1))
        {
            var digit = Digits.IndexOf(letter, StringComparison.Ordinal);
            if (digit < 0)
                return false;
            number = (number * 36) + digit;
        }

        return true;
    }

    private static string Encode(long value)
    {
        Span<char> text = stackalloc char[13];
        var start = text.Length;
        do
        {
            text[--start] = Digits[(int)(value % 36)];
            value /= 36;
        }
        while (value > 0);
        return new string(text[start..]);
    }
}
