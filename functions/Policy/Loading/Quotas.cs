using Pipeline.Functions.Yaml;

namespace Pipeline.Functions.Policy.Loading;

/// <summary>Amounts of GPUs in milli-GPU, or <c>unlimited</c>, which the engine writes as -1.</summary>
internal static class Quotas
{
    public const long Unlimited = -1;

    private const string UnlimitedWord = "unlimited";

    public static Notation Notation { get; } = new("a number of GPUs such as 8 or 0.5, or unlimited", TryParse, Text);

    public static bool TryParse(string text, out long milli)
    {
        milli = Unlimited;
        return text == UnlimitedWord || Thousandths.TryParse(text, out milli);
    }

    public static string Text(long milli) => milli == Unlimited ? UnlimitedWord : Thousandths.Text(milli);
}
