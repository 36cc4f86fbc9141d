namespace Pipeline.Journal.Crasher;

/// <summary>What the crashing process writes, as a function of the sequence alone, so that the test can tell it again.</summary>
public static class Payloads
{
    public const int Keys = 50;

    private const int LargestBytes = 3000;

    public static byte[] Of(long sequence)
    {
        var payload = new byte[8 + (int)(sequence * 7919 % LargestBytes)];
        payload.AsSpan().Fill((byte)(sequence * 31));
        BitConverter.TryWriteBytes(payload, sequence);
        return payload;
    }

    public static ulong KeyOf(long sequence) => (ulong)(sequence % Keys);

    /// <summary>What each key holds once everything up to a sequence was applied: the last sequence that fell to it.</summary>
    public static Dictionary<ulong, long> StateAt(long sequence)
    {
        var state = new Dictionary<ulong, long>();
        for (var s = Math.Max(1, sequence - Keys + 1); s <= sequence; s++)
            state[KeyOf(s)] = s;
        return state;
    }
}
