using Google.Protobuf.Collections;

namespace Pipeline.Functions.Tests.Api;

internal static class Pages
{
    /// <summary>Adds one page to <paramref name="into"/> and gives the token of the next, empty at the end.</summary>
    public static string Take<T>(IEnumerable<T> all, int limit, string token, RepeatedField<T> into)
    {
        var from = token.Length == 0 ? 0 : int.Parse(token);
        var rest = all.Skip(from).ToList();
        into.AddRange(rest.Take(limit));
        return rest.Count > limit ? (from + limit).ToString() : "";
    }
}
