namespace Pipeline.Scheduling.Commands;

/// <summary>Whether two things are written alike, which is what being the same means for everything that is journaled.</summary>
internal static class SameBytes
{
    public delegate void Write<in T>(ref CommandWriter writer, T item);

    public static bool Of<T>(T one, T other, Write<T> write)
    {
        var first = new CommandWriter(new byte[4096]);
        write(ref first, one);
        var second = new CommandWriter(new byte[4096]);
        write(ref second, other);
        return first.Written.SequenceEqual(second.Written);
    }
}
