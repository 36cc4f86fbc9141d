using System.Globalization;
using Pipeline.Functions.Yaml;

namespace Pipeline.Functions.Policy.Loading;

/// <summary>Decimal numbers with up to three places, counted in thousandths: GPUs (0.5 is 500 milli-GPU) and cores.</summary>
internal static class Thousandths
{
    public const long One = 1000;

    public static Notation Gpus { get; } = new("a number of GPUs such as 8 or 0.5, of at most three decimal places", TryParse, Text);

    public static Notation Cores { get; } = new("a number of cores such as 12 or 0.5, of at most three decimal places", TryParse, Text);

    public static bool TryParse(string text, out long thousandths)
    {
        thousandths = 0;
        if (!decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            || number > long.MaxValue / One || number * One != decimal.Truncate(number * One))
            return false;
        thousandths = (long)(number * One);
        return true;
    }

    public static string Text(long thousandths) => ((decimal)thousandths / One).ToString("0.###", CultureInfo.InvariantCulture);
}
