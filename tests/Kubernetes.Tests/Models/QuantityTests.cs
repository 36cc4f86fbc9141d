using System.Globalization;
using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Kubernetes.Tests.Models;

public class QuantityTests
{
    [Theory]
    [InlineData("0", 0, 0)]
    [InlineData("1", 1, 1000)]
    [InlineData("100m", 1, 100)]
    [InlineData("1500m", 2, 1500)]
    [InlineData("-1500m", -1, -1500)]
    [InlineData("1.5", 2, 1500)]
    [InlineData(".5", 1, 500)]
    [InlineData("5.", 5, 5000)]
    [InlineData("+5", 5, 5000)]
    [InlineData("64Gi", 68719476736, 68719476736000)]
    [InlineData("1.5Gi", 1610612736, 1610612736000)]
    [InlineData("64G", 64000000000, 64000000000000)]
    [InlineData("3k", 3000, 3000000)]
    [InlineData("12e6", 12000000, 12000000000)]
    [InlineData("12E6", 12000000, 12000000000)]
    [InlineData("1e-3", 1, 1)]
    [InlineData("1E", 1000000000000000000, long.MaxValue)]
    [InlineData("1Ei", 1152921504606846976, long.MaxValue)]
    [InlineData("100n", 1, 1)]
    [InlineData("100u", 1, 1)]
    [InlineData("9223372036854775807", long.MaxValue, long.MaxValue)]
    [InlineData("1e99", long.MaxValue, long.MaxValue)]
    [InlineData("-1e99", -long.MaxValue, long.MinValue)]
    [InlineData("0e99", 0, 0)]
    [InlineData("1e-99", 1, 1)]
    [InlineData("8Ei", long.MaxValue, long.MaxValue)]
    [InlineData("123456789012345678910u", 123456789012346, 123456789012345679)]
    [InlineData("9223372036854775806999999999n", long.MaxValue, long.MaxValue)]
    [InlineData("99999999999999999999999999999999999999", long.MaxValue, long.MaxValue)]
    [InlineData("000000000000000000000000001", 1, 1000)]
    public void A_quantity_is_what_the_server_takes_it_for(string text, long units, long milli)
    {
        var quantity = Quantity.Parse(text);
        Assert.Equal(units, quantity.Units);
        Assert.Equal(milli, quantity.Milli);
        Assert.Equal(text, quantity.ToString());
    }

    [Theory]
    [InlineData("", "no digits")]
    [InlineData("Gi", "no digits")]
    [InlineData(".", "no digits")]
    [InlineData("-", "no digits")]
    [InlineData("1.2.3", "two points")]
    [InlineData("1Xi", "suffix 'Xi'")]
    [InlineData("1 Gi", "suffix ' Gi'")]
    [InlineData("1 ", "suffix ' '")]
    [InlineData("1ki", "suffix 'ki'")]
    [InlineData("1e", "suffix 'e'")]
    [InlineData("1e1.5", "suffix 'e1.5'")]
    [InlineData("--1", "no digits")]
    [InlineData("1K", "suffix 'K'")]
    [InlineData("123456789012345678901Ki", "more than 20 digits")]
    [InlineData("123456789012345678901234567890123456789", "more than 38 digits")]
    public void What_is_none_is_refused_with_the_reason(string text, string reason)
    {
        Assert.Contains(reason, Assert.Throws<FormatException>(() => Quantity.Parse(text)).Message, StringComparison.Ordinal);
        Assert.False(Quantity.TryParse(text, out _));
    }

    /// <summary>Against arbitrary precision: value = digits × 10^power × 2^binary, rounded up to a nano, then to what is asked for.</summary>
    [Fact]
    public void Parsing_agrees_with_exact_arithmetic()
    {
        string[] suffixes = ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "e3", "e-5", "E12"];
        var quantities =
            from digits in Gen.Choose(0, int.MaxValue).Two().Select(pair => ((long)pair.Item1 << 31) | (long)pair.Item2)
            from fraction in Gen.Choose(0, 19)
            from suffix in Gen.Elements(suffixes)
            from negative in ArbMap.Default.GeneratorFor<bool>()
            select (digits, fraction, suffix, negative);
        Prop.ForAll(quantities.ToArbitrary(), sample => Check(sample.digits, sample.fraction, sample.suffix, sample.negative)).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Quantities_of_one_amount_are_equal_and_others_are_in_order()
    {
        Assert.Equal(Quantity.Parse("1"), Quantity.Parse("1000m"));
        Assert.Equal(Quantity.Parse("1Ki").GetHashCode(), Quantity.Parse("1024").GetHashCode());
        Assert.True(Quantity.Parse("1G").CompareTo(Quantity.Parse("1Gi")) < 0);
        Assert.Equal("1500m", Quantity.OfMilli(1500).ToString());
        Assert.Equal("2", Quantity.OfMilli(2000).ToString());
        Assert.Equal("0", default(Quantity).ToString());
    }

    private static bool Check(long digits, int fraction, string suffix, bool negative)
    {
        var text = digits.ToString(CultureInfo.InvariantCulture).PadLeft(fraction + 1, '0');
        text = (negative ? "-" : "") + text.Insert(text.Length - fraction, fraction > 0 ? "." : "") + suffix;
        var binary = "KMGTPE".IndexOf(suffix is [_, 'i'] ? suffix[0] : '-') is >= 0 and var place ? 10 * (place + 1) : 0;
        var power = suffix switch
        {
            "n" => -9,
            "u" => -6,
            "m" => -3,
            "k" => 3,
            "M" => 6,
            "G" => 9,
            "T" => 12,
            "P" => 15,
            "E" => 18,
            "e3" => 3,
            "e-5" => -5,
            "E12" => 12,
            _ => 0,
        };
        var nanos = BigInteger.Min(Up((BigInteger)digits << binary, power - fraction + 9), (BigInteger)long.MaxValue * 1_000_000_000);
        var units = negative ? -Down(nanos, 9) : Up(nanos, -9);
        return new BigInteger(Quantity.Parse(text).Units) == units;
    }

    private static BigInteger Up(BigInteger value, int power)
        => power >= 0 ? value * BigInteger.Pow(10, power) : (value + BigInteger.Pow(10, -power) - 1) / BigInteger.Pow(10, -power);

    private static BigInteger Down(BigInteger value, int power) => value / BigInteger.Pow(10, power);
}
