using System.Globalization;

namespace Pipeline.Tests;

/// <summary>On how many cases a property is tried. <c>PIPELINE_CASES</c> multiplies them all, to look for what is seldom.</summary>
internal static class Cases
{
    private static readonly int Times = Environment.GetEnvironmentVariable("PIPELINE_CASES") is { Length: > 0 } text
        ? int.Parse(text, CultureInfo.InvariantCulture) : 1;

    public static int Of(int usual) => usual * Times;
}
