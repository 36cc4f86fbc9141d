using System.Globalization;

namespace Pipeline.Functions.Api;

/// <summary>Which part of a list is asked for.</summary>
/// <param name="Limit">Entries, 1 to 500; 50 when not given.</param>
/// <param name="Continue">Token of the answer before; empty: from the beginning.</param>
internal readonly record struct Page(int Limit, string Continue)
{
    public const int DefaultLimit = 50;
    public const int MaxLimit = 500;
    private const int MaxTokenLength = 256;

    /// <exception cref="ApiException">400, naming <c>limit</c> or <c>continue</c>.</exception>
    public static Page Of(HttpRequest request)
    {
        var limit = DefaultLimit;
        if (request.Query.TryGetValue("limit", out var text)
            && !(int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit is >= 1 and <= MaxLimit))
            throw ApiException.BadField("limit", $"must be a whole number from 1 to {MaxLimit}");
        var token = request.Query["continue"].ToString();
        return token.Length <= MaxTokenLength ? new Page(limit, token) : throw BadToken();
    }

    /// <summary>Reads the page; a reader that cannot parse the token says so by an argument or format exception.</summary>
    public async Task<T> ReadAsync<T>(Func<Page, Task<T>> read)
    {
        try
        {
            return await read(this);
        }
        catch (Exception e) when (Continue.Length > 0 && e is ArgumentException or FormatException)
        {
            throw BadToken();
        }
    }

    /// <summary>The token as answered: null at the end of the list.</summary>
    public static string? Next(string token) => token.Length == 0 ? null : token;

    private static ApiException BadToken() => ApiException.BadField("continue", "is not a token that this list gave");
}
