using System.Globalization;
using System.Text.Json.Serialization;
using Pipeline.Kubernetes.Json;

namespace Pipeline.Kubernetes.Models;

/// <summary>
/// An amount of a resource (apimachinery <c>resource.Quantity</c>): a decimal number with a suffix of n, u, m, k, M, G, T, P, E, of
/// Ki, Mi, Gi, Ti, Pi, Ei, or a decimal exponent such as e3. Exact to a billionth. It keeps the text it was read from; two quantities
/// of one amount are equal.
/// </summary>
[JsonConverter(typeof(QuantityConverter))]
public readonly struct Quantity : IEquatable<Quantity>, IComparable<Quantity>
{
    private const int Nano = 9;

    // The largest power of ten in 127 bits; a canonical quantity has at most 28 digits (2^63 - 1 and nine of a fraction).
    private const int PowerMax = 38;

    // So many digits, shifted by the largest binary suffix (2^60), fit as well; a canonical quantity has at most 19 before one.
    private const int BinaryDigitsMax = 20;

    // The format's own bounds: what is larger counts as the largest, what is finer is rounded away from zero.
    private static readonly Int128 Largest = (Int128)long.MaxValue * 1_000_000_000;

    private readonly Int128 _nanos;
    private readonly string? _text;

    private Quantity(Int128 nanos, string text) => (_nanos, _text) = (nanos, text);

    /// <summary>Whole units (bytes, cores, devices), rounded up as the server does.</summary>
    public long Units => (long)Up(_nanos, 1_000_000_000);

    /// <summary>Thousandths, rounded up as the server does; the largest long when there are more.</summary>
    public long Milli => (long)Int128.Clamp(Up(_nanos, 1_000_000), long.MinValue, long.MaxValue);

    public static bool operator ==(Quantity left, Quantity right) => left.Equals(right);

    public static bool operator !=(Quantity left, Quantity right) => !left.Equals(right);

    public static Quantity OfUnits(long units) => new((Int128)units * 1_000_000_000, units.ToString(CultureInfo.InvariantCulture));

    public static Quantity OfMilli(long milli) => milli % 1000 == 0
        ? OfUnits(milli / 1000)
        : new((Int128)milli * 1_000_000, milli.ToString(CultureInfo.InvariantCulture) + "m");

    /// <exception cref="FormatException">The text is not a quantity; the message says which part of it.</exception>
    public static Quantity Parse(string text)
        => Problem(text, out var nanos) is { } problem ? throw new FormatException($"'{text}' is not a quantity: {problem}.") : new(nanos, text);

    public static bool TryParse(string? text, out Quantity quantity)
    {
        var good = text is not null && Problem(text, out _) is null;
        quantity = good ? Parse(text!) : default;
        return good;
    }

    public bool Equals(Quantity other) => _nanos == other._nanos;

    public override bool Equals(object? obj) => obj is Quantity other && Equals(other);

    public override int GetHashCode() => _nanos.GetHashCode();

    public int CompareTo(Quantity other) => _nanos.CompareTo(other._nanos);

    public override string ToString() => _text ?? "0";

    private static Int128 Up(Int128 amount, Int128 unit)
    {
        var (quotient, rest) = Int128.DivRem(amount, unit);
        return rest > 0 ? quotient + 1 : quotient;
    }

    private static string? Problem(string text, out Int128 nanos)
    {
        nanos = 0;
        var rest = text.AsSpan();
        var negative = rest is ['-', ..];
        if (rest is ['-' or '+', ..])
            rest = rest[1..];
        var length = rest.IndexOfAnyExcept("0123456789.");
        var number = length < 0 ? rest : rest[..length];
        if (number.IndexOfAnyInRange('0', '9') < 0)
            return "it has no digits";
        if (number.Count('.') > 1)
            return "it has two points";
        if (!Suffix(rest[number.Length..], out var binary, out var exponent))
            return $"the suffix '{rest[number.Length..]}' is unknown";
        var most = binary == 0 ? PowerMax : BinaryDigitsMax;
        if (number.Length - number.Count('.') > most && number.TrimStart("0.").Length > most)
            return $"it has more than {most} digits";
        nanos = Scale(number, binary, exponent);
        if (negative)
            nanos = -nanos;
        return null;
    }

    /// <param name="binary">Power of two.</param>
    /// <param name="exponent">Power of ten.</param>
    private static bool Suffix(ReadOnlySpan<char> suffix, out int binary, out int exponent)
    {
        const string Decimal = "num kMGTPE";
        const string Binary = "KMGTPE";
        (binary, exponent) = (0, 0);
        if (suffix.IsEmpty)
            return true;
        if (suffix.Length == 1 && suffix[0] != ' ' && Decimal.IndexOf(suffix[0]) is >= 0 and var place)
        {
            exponent = 3 * (place - 3);
            return true;
        }

        if (suffix is [_, 'i'] && Binary.IndexOf(suffix[0]) is >= 0 and var power)
        {
            binary = 10 * (power + 1);
            return true;
        }

        return suffix[0] is 'e' or 'E' && int.TryParse(suffix[1..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent);
    }

    private static Int128 Scale(ReadOnlySpan<char> number, int binary, int exponent)
    {
        Int128 digits = 0;
        foreach (var character in number)
        {
            if (character != '.')
                digits = (digits * 10) + (character - '0');
        }

        if (digits == 0)
            return 0;
        var point = number.IndexOf('.');
        var power = (long)exponent + Nano - (point < 0 ? 0 : number.Length - point - 1);
        var amount = digits << binary;
        if (power < 0)
            return power < -PowerMax ? 1 : Int128.Min(Up(amount, Power(-power)), Largest);
        return power > PowerMax || amount > Largest / Power(power) ? Largest : amount * Power(power);
    }

    private static Int128 Power(long exponent)
    {
        Int128 power = 1;
        for (var i = 0; i < exponent; i++)
            power *= 10;
        return power;
    }
}
