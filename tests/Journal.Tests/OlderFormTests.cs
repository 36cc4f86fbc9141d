using System.Text;
using Pipeline.Journal.Log;
using Pipeline.Journal.Tests.Support;
using static Pipeline.Journal.Tests.Support.LogHelp;

namespace Pipeline.Journal.Tests;

/// <summary>A log of an earlier version, in which each entry has a frame of its own. These are bytes that it wrote.</summary>
public sealed class OlderFormTests : IDisposable
{
    private const string Segment =
        "916B285325E0D55A2C00000063CEB463ED6837430000000000000000592B623E0000000001020C0E706970656C696E65206A6F75726E616C"
        + "90683743233D46FA1D00000063CEB463ED683743010000000000000040F2FE970100000001010C0E61000000"
        + "F1683743419BE3D11E00000063CEB463ED683743020000000000000021545BBC0200000001010C0E62620000"
        + "926837435148ED551F00000063CEB463ED6837430300000000000000308755380300000001010C0E636363";

    private const string Witness =
        "574954319754BA1C020000000000000063CEB463ED683743000000000000000001000000000000000000000000000000000000000000000000000000"
        + "0000000057495431E3C05CE1030000000000000063CEB463ED683743030000000000000001";

    private static readonly string[] Written = ["a", "bb", "ccc"];

    private readonly TempDirectory _dir = new();

    public OlderFormTests()
    {
        WriteAt("segment.0000000000", 4 * Page, LogGeometry.FirstAddress, Segment);
        WriteAt("witness", 4096, 0, Witness);
    }

    public void Dispose() => _dir.Dispose();

    [Fact]
    public async Task It_is_read_and_continued()
    {
        await using (var log = DurableLog.Open(Small(_dir)))
        {
            Assert.Equal(Written, All(log, 1));
            log.Append("dddd"u8);
            log.Append("eeeee"u8);
        }
        await using var again = DurableLog.Open(Small(_dir));
        Assert.Equal([.. Written, "dddd", "eeeee"], All(again, 1));
        Assert.Equal(["ccc", "dddd", "eeeee"], All(again, 3));
        Assert.Equal(["eeeee"], All(again, 5));
    }

    [Fact]
    public void Damage_in_it_is_refused_and_what_is_gone_is_named()
    {
        Damages.Flip(_dir["segment.0000000000"], LogGeometry.FirstAddress + (Segment.Length / 2) - 1);
        var refused = Assert.Throws<DataMissingException>(() => DurableLog.Open(Small(_dir)));
        Assert.Equal((3, 3), (Assert.Single(refused.Lost).From, refused.Lost[0].To));
    }

    private static List<string> All(DurableLog log, long from)
    {
        var seen = new List<string>();
        log.Replay(from, (sequence, payload) =>
        {
            Assert.Equal(from + seen.Count, sequence);
            seen.Add(Encoding.UTF8.GetString(payload));
        });
        return seen;
    }

    private void WriteAt(string file, int length, long offset, string bytes)
    {
        var content = new byte[length];
        Convert.FromHexString(bytes).CopyTo(content, offset);
        File.WriteAllBytes(_dir[file], content);
    }
}
