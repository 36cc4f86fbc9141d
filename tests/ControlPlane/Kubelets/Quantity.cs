using System.Globalization;

namespace Pipeline.TestControlPlane;

/// <summary>Kubernetes' resource.Quantity, as far as pods ask for CPU, memory and devices.</summary>
internal static class Quantity
{
    public static decimal Parse(string text)
    {
        // "1e3" and "1E3" have an exponent, "1E" a suffix.
        if (decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            return number;
        var digits = text.TrimEnd("numkKMGTPEi".ToCharArray());
        return decimal.Parse(digits, NumberStyles.Float, CultureInfo.InvariantCulture) * Factor(text[digits.Length..]);
    }

    private static decimal Factor(string suffix) => suffix switch
    {
        "n" => 1e-9m,
        "u" => 1e-6m,
        "m" => 1e-3m,
        "k" => 1e3m,
        "M" => 1e6m,
        "G" => 1e9m,
        "T" => 1e12m,
        "P" => 1e15m,
        "E" => 1e18m,
        "Ki" => 1L << 10,
        "Mi" => 1L << 20,
        "Gi" => 1L << 30,
        "Ti" => 1L << 40,
        "Pi" => 1L << 50,
        "Ei" => 1L << 60,
        _ => throw new FormatException($"\"{suffix}\" is not the suffix of a quantity."),
    };
}
