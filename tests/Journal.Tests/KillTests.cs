using System.Diagnostics;
using Pipeline.Journal.Crasher;
using Pipeline.Journal.Tests.Support;

namespace Pipeline.Journal.Tests;

/// <summary>A real process, killed by the system at seeded random moments, again and again on the same files.</summary>
public sealed class KillTests : IDisposable
{
    private const int Rounds = 20;
    private const int MostAcknowledgements = 120;
    private readonly TempDirectory _dir = new();

    public void Dispose() => _dir.Dispose();

    [Fact]
    public async Task A_killed_log_keeps_every_acknowledged_entry()
    {
        var random = new Random(11);
        for (var round = 0; round < Rounds; round++)
        {
            var acknowledged = KillAfter("log", random.Next(1, MostAcknowledgements));
            await using var log = DurableLog.Open(LogHelp.Small(_dir));
            Assert.True(log.LastSequence >= acknowledged, $"round {round}: {acknowledged} was acknowledged, {log.LastSequence} is there");
            var expected = log.FirstSequence;
            log.Replay(log.FirstSequence, (sequence, payload) =>
            {
                Assert.Equal(expected++, sequence);
                Assert.Equal(Payloads.Of(sequence), payload.ToArray());
            });
            Assert.Equal(log.LastSequence + 1, expected);
            log.TruncateThrough(Math.Max(log.FirstSequence, acknowledged - 100));
        }
    }

    [Fact]
    public async Task A_state_killed_among_checkpoints_keeps_every_acknowledged_entry()
    {
        var random = new Random(12);
        for (var round = 0; round < Rounds; round++)
        {
            var acknowledged = KillAfter("state", random.Next(1, MostAcknowledgements));
            var (image, found) = (new Dictionary<ulong, long>(), new Dictionary<ulong, long>());
            await using var state = DurableState.Open(LogHelp.SmallState(_dir), new StateReader(
                records =>
                {
                    foreach (var (key, value) in records)
                    {
                        image[key] = found[key] = BitConverter.ToInt64(value.Span);
                        Assert.Equal(Payloads.Of(found[key]), value.ToArray());
                    }
                },
                (sequence, payload) =>
                {
                    Assert.Equal(Payloads.Of(sequence), payload.ToArray());
                    found[Payloads.KeyOf(sequence)] = sequence;
                }));
            var last = state.Log.LastSequence;
            Assert.True(last >= acknowledged, $"round {round}: {acknowledged} was acknowledged, {last} is there");
            Assert.Equal(Payloads.StateAt(state.CheckpointSequence), image);
            Assert.Equal(Payloads.StateAt(last), found);
        }
    }

    [Fact]
    public async Task While_a_process_has_the_directory_open_another_is_refused()
    {
        using var process = StartCrasher("state");
        Assert.NotNull(process.StandardOutput.ReadLine());
        Assert.Throws<DirectoryInUseException>(() => DurableState.Open(LogHelp.SmallState(_dir)));
        process.Kill();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        await DurableState.Open(LogHelp.SmallState(_dir)).DisposeAsync();
    }

    /// <summary>Runs the process until it has printed so many acknowledgements, kills it, and returns the last one it printed.</summary>
    private long KillAfter(string mode, int acknowledgements)
    {
        using var process = StartCrasher(mode);
        var last = 0L;
        var seen = 0;
        while (process.StandardOutput.ReadLine() is { } line)
        {
            last = long.Parse(line, System.Globalization.CultureInfo.InvariantCulture);
            if (++seen == acknowledgements)
                process.Kill();
        }
        process.WaitForExit();
        Assert.True(seen >= acknowledgements, $"the process ended by itself after {seen} acknowledgements");
        return last;
    }

    private Process StartCrasher(string mode) =>
        Process.Start(new ProcessStartInfo("dotnet", ["exec", typeof(Payloads).Assembly.Location, mode, _dir.Path])
        {
            RedirectStandardOutput = true,
        })!;
}
