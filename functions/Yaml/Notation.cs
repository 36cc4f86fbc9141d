namespace Pipeline.Functions.Yaml;

/// <summary>How operators write an amount.</summary>
/// <param name="Expected">For the message about a wrong one: what it must be, with examples.</param>
/// <param name="TryParse">To the unit that the product counts in; false when it is not written so or does not fit.</param>
/// <param name="Text">An amount in the same notation; parsing it gives the amount again.</param>
internal sealed record Notation(string Expected, Notation.Parser TryParse, Func<long, string> Text)
{
    public delegate bool Parser(string text, out long amount);
}
