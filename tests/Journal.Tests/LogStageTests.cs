using Pipeline.Journal.Log;

namespace Pipeline.Journal.Tests;

/// <summary>Entries on their way into FASTER.</summary>
public sealed class LogStageTests
{
    private const int FrameBytes = 4096;

    private readonly LogStage _stage = new(FrameBytes);

    [Fact]
    public void Entries_come_out_in_order_with_room_for_their_header()
    {
        for (var i = 0; i < 2_000; i++)
            Assert.True(_stage.TryAdd(Payload(i)));

        Assert.Equal(Enumerable.Range(0, 2_000).Select(Payload), TakeAll());
    }

    [Fact]
    public void It_takes_no_more_than_its_limit_and_everything_again_once_it_is_cleared()
    {
        var taken = Fill();
        Assert.InRange(taken, LogStage.LimitBytes / 1_100, LogStage.LimitBytes / 1_000);
        Assert.True(_stage.IsHalfFull);

        _stage.Clear();

        Assert.False(_stage.IsHalfFull);
        Assert.Empty(TakeAll());
        Assert.Equal(taken, Fill());
    }

    [Fact]
    public void An_entry_that_exceeds_the_limit_is_taken_alone()
    {
        var large = new byte[LogStage.LimitBytes + 1];
        Assert.True(_stage.TryAdd([5]));
        Assert.False(_stage.TryAdd(large));

        _stage.Clear();
        Assert.True(_stage.TryAdd(large));
        Assert.False(_stage.TryAdd([]));
        Assert.Equal(large, Assert.Single(TakeAll()));
    }

    private static byte[] Payload(int i) => [.. Enumerable.Repeat((byte)i, i % 100)];

    private int Fill()
    {
        var payload = new byte[1_000];
        var taken = 0;
        while (_stage.TryAdd(payload))
            taken++;
        return taken;
    }

    private List<byte[]> TakeAll()
    {
        List<byte[]> payloads = [];
        for (var at = 0; _stage.TryTake(ref at, out var frame, out var count);)
        {
            Assert.True(frame.Length <= FrameBytes || count == 1);
            Assert.True(FrameEntries.TryCount(frame[LogFrame.HeaderBytes..], out var held));
            Assert.Equal(count, held);
            ReadOnlySpan<byte> rest = FrameEntries.In(frame[LogFrame.HeaderBytes..]);
            while (FrameEntries.TryTake(ref rest, out var entry))
                payloads.Add(entry.ToArray());
        }
        return payloads;
    }
}
