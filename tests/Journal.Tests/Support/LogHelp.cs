namespace Pipeline.Journal.Tests.Support;

internal static class LogHelp
{
    public const int Page = 4 << 10;

    /// <summary>Small pages and files, so that a few hundred entries turn over many of them.</summary>
    public static DurableLogOptions Small(TempDirectory directory) =>
        new() { Directory = directory.Path, PageBytes = Page, MemoryBytes = 4 * Page, SegmentBytes = 4 * Page };

    public static DurableStateOptions SmallState(TempDirectory directory) =>
        new() { Directory = directory.Path, PageBytes = Page, MemoryBytes = 4 * Page, SegmentBytes = 4 * Page };

    /// <summary>Payload of a sequence: its number, then filler whose length varies.</summary>
    public static byte[] Payload(long sequence)
    {
        var payload = new byte[8 + (int)(sequence * 37 % 200)];
        payload.AsSpan().Fill((byte)sequence);
        BitConverter.TryWriteBytes(payload, sequence);
        return payload;
    }

    public static async Task<long> AppendAndCommit(this IDurableLog log, int count)
    {
        var last = log.LastSequence;
        for (var i = 0; i < count; i++)
            last = log.Append(Payload(log.LastSequence + 1));
        log.RequestCommit();
        await log.WaitForCommitAsync(last);
        return last;
    }

    /// <summary>Sequences that replay gives, each with its payload checked.</summary>
    public static List<long> ReplayAll(this IDurableLog log, long? from = null)
    {
        var seen = new List<long>();
        log.Replay(from ?? log.FirstSequence, (sequence, payload) =>
        {
            Assert.Equal(Payload(sequence), payload.ToArray());
            seen.Add(sequence);
        });
        return seen;
    }

    public static List<long> Range(long from, long to) => [.. Enumerable.Range(0, (int)(to - from + 1)).Select(i => from + i)];

    public static KeyValuePair<ulong, ReadOnlyMemory<byte>> Record(ulong key, string value) =>
        new(key, System.Text.Encoding.UTF8.GetBytes(value));
}
