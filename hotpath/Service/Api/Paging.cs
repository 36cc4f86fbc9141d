using System.Globalization;
using Pipeline.Contracts;

namespace Pipeline.Hotpath.Api;

/// <summary>Pages of a list whose items have rising positions; the token is the position of the last item given.</summary>
internal static class Paging
{
    public const int DefaultLimit = 100;

    /// <summary>A page larger than this holds up other readers.</summary>
    public const int MaxLimit = 100_000;

    /// <exception cref="InvalidRequestException">The token is none of ours.</exception>
    public static (List<T> Items, string Continue) Take<T>(IEnumerable<T> ordered, Func<T, long> position, int limit, string token)
    {
        var after = ParseToken(token, before: -1);
        var size = SizeOf(limit);
        var items = ordered.SkipWhile(item => position(item) <= after).Take(size + 1).ToList();
        return Cut(items, size, position);
    }

    /// <summary>The same for a list whose positions fall.</summary>
    public static (List<T> Items, string Continue) TakeFalling<T>(Func<long, IEnumerable<T>> newestFirstBefore, Func<T, long> position, int limit, string token)
    {
        var size = SizeOf(limit);
        var items = newestFirstBefore(ParseToken(token, before: long.MaxValue)).Take(size + 1).ToList();
        return Cut(items, size, position);
    }

    private static (List<T> Items, string Continue) Cut<T>(List<T> items, int size, Func<T, long> position)
    {
        if (items.Count <= size)
            return (items, "");
        items.RemoveAt(size);
        return (items, position(items[^1]).ToString(CultureInfo.InvariantCulture));
    }

    private static int SizeOf(int limit) => limit <= 0 ? DefaultLimit : Math.Min(limit, MaxLimit);

    private static long ParseToken(string token, long before)
        => token.Length == 0 ? before
            : long.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out var position) ? position
            : throw new InvalidRequestException($"continue: '{token}' is no token of this list.");
}
