using Microsoft.Win32.SafeHandles;
using Pipeline.Journal.Disk;
using Pipeline.Journal.Log;
using Pipeline.Journal.Tests.Support;

namespace Pipeline.Journal.Tests;

public sealed class ZeroAheadTests : IDisposable
{
    private const int Stretch = 256 << 10;
    private const int SegmentBytes = 3 * Stretch + 1000;
    private const byte Old = 0xFF;

    private readonly TempDirectory _dir = new();
    private readonly SafeFileHandle _file;
    private readonly ZeroAhead _ahead;

    public ZeroAheadTests()
    {
        _ahead = new ZeroAhead(new SegmentFiles(_dir.Path, DiskGate.Open), SegmentBytes, DiskGate.Open);
        _file = File.OpenHandle(Path.Combine(_dir.Path, "file"), FileMode.CreateNew, FileAccess.ReadWrite);
        Fill();
    }

    public void Dispose()
    {
        _file.Dispose();
        _dir.Dispose();
    }

    [Fact]
    public void Zeros_lie_between_the_log_and_the_end_of_the_stretch()
    {
        _ahead.Follow(_file, 0, 100);
        Assert.Equal((100, Stretch), Zeros());
    }

    [Fact]
    public void A_stretch_is_written_once_however_the_log_grows_in_it()
    {
        _ahead.Follow(_file, 0, 100);
        Fill();
        for (var end = 100; end <= Stretch; end += 512)
            _ahead.Follow(_file, 0, end);
        Assert.Equal((SegmentBytes, SegmentBytes), Zeros());

        _ahead.Follow(_file, 0, Stretch + 1);
        Assert.Equal((Stretch + 1, 2 * Stretch), Zeros());
    }

    [Fact]
    public void A_write_that_comes_late_leaves_what_lies_behind_it()
    {
        _ahead.Follow(_file, 0, Stretch + 100);
        Fill();
        _ahead.Follow(_file, 0, 50);
        _ahead.Follow(_file, 0, Stretch + 100);
        Assert.Equal((SegmentBytes, SegmentBytes), Zeros());
    }

    [Fact]
    public void An_older_segment_is_left_alone()
    {
        _ahead.Follow(_file, 7, 100);
        Fill();
        _ahead.Follow(_file, 6, SegmentBytes - 5000);
        Assert.Equal((SegmentBytes, SegmentBytes), Zeros());
    }

    [Fact]
    public void A_new_segment_begins_anew()
    {
        _ahead.Follow(_file, 0, SegmentBytes);
        Fill();
        _ahead.Follow(_file, 1, 64);
        Assert.Equal((64, Stretch), Zeros());
    }

    [Fact]
    public void Nothing_is_written_beyond_the_segment()
    {
        _ahead.Follow(_file, 0, 3 * Stretch + 10);
        Assert.Equal((3 * Stretch + 10, SegmentBytes), Zeros());
        Assert.Equal(SegmentBytes, RandomAccess.GetLength(_file));
        _ahead.Follow(_file, 0, SegmentBytes);
        Assert.Equal(SegmentBytes, RandomAccess.GetLength(_file));
    }

    [Fact]
    public async Task A_log_keeps_such_a_distance()
    {
        var segment = Path.Combine(_dir.Path, "log");
        await using (var log = DurableLog.Open(new DurableLogOptions { Directory = segment }))
            await log.AppendAndCommit(1);
        // A recovery cuts what lies behind the log, which leaves a hole in the file.
        var gate = new CountingGate();
        await using var again = DurableLog.Open(new DurableLogOptions { Directory = segment, Gate = gate });
        for (var i = 0; i < 50; i++)
            await again.AppendAndCommit(1);
        Assert.Single(gate.Writes, write => write.Bytes > Stretch / 2);
        Assert.Equal(51, gate.Writes.Count);
    }

    private void Fill()
    {
        var old = new byte[SegmentBytes];
        old.AsSpan().Fill(Old);
        RandomAccess.Write(_file, old, 0);
    }

    // From and to of the only zeros.
    private (int From, int To) Zeros()
    {
        var content = new byte[RandomAccess.GetLength(_file)];
        RandomAccess.Read(_file, content, 0);
        var from = content.AsSpan().IndexOf((byte)0);
        if (from < 0)
            return (content.Length, content.Length);
        var count = content.AsSpan(from).IndexOfAnyExcept((byte)0) is var end and >= 0 ? end : content.Length - from;
        Assert.Equal(-1, content.AsSpan(from + count).IndexOf((byte)0));
        return (from, from + count);
    }

    private sealed class CountingGate : DiskGate
    {
        public List<(long Offset, int Bytes)> Writes { get; } = [];

        public override void OnWrite(string path, long offset, int bytes)
        {
            if (path.Contains("segment", StringComparison.Ordinal))
                Writes.Add((offset, bytes));
        }
    }
}
