using System.Text;

namespace Pipeline.Scheduling.Repair;

/// <summary>What a text from outside must hold to before it is kept.</summary>
internal static class Texts
{
    /// <summary>Characters.</summary>
    public const int MaxLength = 8_192;

    /// <returns>What is wrong, without the field's name, or null.</returns>
    public static string? Problem(string text)
        => text.Length > MaxLength ? $"is longer than {MaxLength} characters" : IsWellFormed(text) ? null : "is no well-formed text";

    /// <summary>The first <paramref name="most"/> characters, none of them cut in two: the checkpoint would not bring half a one back.</summary>
    public static string Cut(string text, int most)
    {
        var whole = Whole(text);
        return whole.Length <= most ? whole : whole[..(char.IsHighSurrogate(whole[most - 1]) ? most - 1 : most)];
    }

    /// <summary>With the sign for what is no character in place of half a one, as the journal has it.</summary>
    private static string Whole(string text) => IsWellFormed(text) ? text : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    /// <summary>The journal is UTF-8, which keeps no lone surrogate: a replay would see another text than the first step saw.</summary>
    private static bool IsWellFormed(string text)
    {
        var first = text.AsSpan().IndexOfAnyInRange('\ud800', '\udfff');
        for (var i = first < 0 ? text.Length : first; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                return false;
            i++;
        }

        return true;
    }
}
