namespace Pipeline.Journal.Tests.Support;

/// <summary>Ways in which a file is spoilt.</summary>
public enum Damage
{
    Removed,
    ZeroLength,
    CutInHalf,
    Zeroed,
    RandomBytes,
}

internal static class Damages
{
    public static void Apply(this Damage damage, string path, int seed = 1)
    {
        var content = File.ReadAllBytes(path);
        switch (damage)
        {
            case Damage.Removed:
                File.Delete(path);
                return;
            case Damage.ZeroLength:
                content = [];
                break;
            case Damage.CutInHalf:
                content = content[..(content.Length / 2)];
                break;
            case Damage.Zeroed:
                content.AsSpan().Clear();
                break;
            case Damage.RandomBytes:
                new Random(seed).NextBytes(content);
                break;
        }
        File.WriteAllBytes(path, content);
    }

    /// <summary>Changes one bit in the payload of an entry.</summary>
    public static void FlipEntry(IEnumerable<string> segments, long sequence)
    {
        var payload = LogHelp.Payload(sequence);
        foreach (var segment in segments)
        {
            if (File.ReadAllBytes(segment).AsSpan().LastIndexOf(payload) is var at and >= 0)
            {
                Flip(segment, at + 2);
                return;
            }
        }
        Assert.Fail($"Entry {sequence} was not found.");
    }

    /// <summary>Changes one bit of a file.</summary>
    public static void Flip(string path, long offset, int bit = 3)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        var one = new byte[1];
        RandomAccess.Read(file, one, offset);
        one[0] ^= (byte)(1 << bit);
        RandomAccess.Write(file, one, offset);
    }
}
