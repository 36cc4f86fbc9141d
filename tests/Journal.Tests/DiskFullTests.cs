using System.Diagnostics;
using Pipeline.Journal.Disk;
using Pipeline.Journal.Tests.Support;
using static Pipeline.Journal.Tests.Support.LogHelp;

namespace Pipeline.Journal.Tests;

/// <summary>A small file system that really fills up (a tmpfs where the test may mount one, otherwise a disk that counts).</summary>
public sealed class DiskFullTests : IDisposable
{
    private const int DiskBytes = 24 << 20;
    private readonly TempDirectory _dir = new();
    private readonly CountingDisk? _counting;
    private readonly bool _mounted;

    public DiskFullTests()
    {
        _mounted = Run("mount", "-t", "tmpfs", "-o", $"size={DiskBytes}", "tmpfs", _dir.Path);
        _counting = _mounted ? null : new CountingDisk(DiskBytes);
    }

    public void Dispose()
    {
        if (_mounted)
            Run("umount", _dir.Path);
        _dir.Dispose();
    }

    [Fact]
    public async Task A_log_that_fills_the_disk_fails_clearly_and_keeps_what_it_acknowledged()
    {
        var acknowledged = 0L;
        await using (var log = DurableLog.Open(Options with { SegmentBytes = 2 << 20 }))
        {
            var failed = await Assert.ThrowsAsync<JournalFailedException>(async () =>
            {
                while (true)
                {
                    var sequence = log.Append(new byte[60_000]);
                    log.RequestCommit();
                    await log.WaitForCommitAsync(sequence == 0 ? log.LastSequence : sequence);
                    acknowledged = log.CommittedSequence;
                }
            });
            Assert.Equal(failed, log.Failure);
            Assert.Equal(0, log.Append([1]));
        }
        Assert.InRange(acknowledged, 100, DiskBytes / 60_000);
        await using var again = DurableLog.Open(Options);
        var recovered = 0L;
        again.Replay(1, (sequence, _) => recovered = sequence);
        Assert.InRange(recovered, acknowledged, acknowledged + 1);
    }

    [Fact]
    public async Task A_checkpoint_that_does_not_fit_fails_and_the_state_goes_on()
    {
        var options = new DurableStateOptions
        {
            Directory = _dir.Path,
            SegmentBytes = 2 << 20,
            Gate = _counting ?? DiskGate.Open,
        };
        await using (var state = DurableState.Open(options))
        {
            await state.Log.AppendAndCommit(10);
            await state.CheckpointAsync(5, [Record(1, "one")], []);
            var tooMuch = Enumerable.Range(0, 40).Select(i => new KeyValuePair<ulong, ReadOnlyMemory<byte>>((ulong)i, new byte[1 << 20]));
            await Assert.ThrowsAnyAsync<IOException>(() => state.CheckpointAsync(8, tooMuch, []));
            Assert.Equal(5, state.CheckpointSequence);
            Assert.True(state.TryRead(1, out var value));
            Assert.Equal("one"u8.ToArray(), value);
        }
        var held = new Holding();
        await using var again = DurableState.Open(options with { Gate = DiskGate.Open }, held.Reader);
        Assert.Equal("one", Assert.Single(held.Records).Value);
        Assert.Equal(Range(6, 10), held.Entries);
        await again.CheckpointAsync(9, [Record(2, "two")], []);
    }

    private DurableLogOptions Options => new() { Directory = _dir.Path, Gate = _counting ?? DiskGate.Open };

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    /// <summary>Counts what is reserved, and what is written beyond it, against a limit.</summary>
    private sealed class CountingDisk(long limit) : DiskGate
    {
        private readonly Dictionary<string, long> _sizes = [];

        public override void OnAllocate(string path, long bytes) => Grow(path, bytes);

        public override void OnWrite(string path, long offset, int bytes) => Grow(path, offset + bytes);

        private void Grow(string path, long end)
        {
            lock (_sizes)
            {
                _sizes[path] = Math.Max(end, _sizes.GetValueOrDefault(path));
                if (_sizes.Values.Sum() > limit)
                    throw new IOException("No space left on device");
            }
        }
    }
}
