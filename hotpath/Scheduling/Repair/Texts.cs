namespace Pipeline.Scheduling.Repair;

/// <summary>What a text from outside must hold to before it is kept.</summary>
internal static class Texts
{
    private const int MaxLength = 8_192;

    /// <returns>What is wrong, without the field's name, or null.</returns>
    public static string? Problem(string text)
        => text.Length > MaxLength ? $"is longer than {MaxLength} characters" : IsWellFormed(text) ? null : "is no well-formed text";

    /// <summary>The journal is UTF-8, which keeps no lone surrogate: a replay would see another text than the first step saw.</summary>
    private static bool IsWellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
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
