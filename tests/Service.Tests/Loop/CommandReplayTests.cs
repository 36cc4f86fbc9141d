using Pipeline.Hotpath.Loop;
using Pipeline.Scheduling.Commands;
using Pipeline.TestDoubles.Journal;
using Xunit;

namespace Pipeline.Hotpath.Tests.Loop;

public class CommandReplayTests
{
    private const int Many = 10_000;

    [Fact]
    public async Task Every_command_comes_once_and_in_order_though_many_more_are_read_ahead_than_there_are_objects_for()
    {
        await using var log = LogOf(Many);
        var seen = new List<(ulong Workload, string Name, long At)>();
        CommandReplay.Run(handler => log.Replay(1, handler), (commands, times) =>
        {
            for (var i = 0; i < commands.Length; i++)
            {
                // What is read ahead meanwhile must not get into this one.
                var place = Assert.IsType<PlaceCommand>(commands[i]);
                seen.Add((place.Workload, place.Name, times[i]));
            }
        });
        Assert.Equal(Enumerable.Range(1, Many).Select(n => ((ulong)n, NameOf(n), (long)n)), seen);
    }

    [Fact]
    public async Task An_entry_that_is_no_command_ends_the_replay_behind_the_commands_before_it()
    {
        await using var log = LogOf(Many, [0xFF, 1, 2, 3]);
        var steps = 0;
        Assert.Throws<InvalidDataException>(() => CommandReplay.Run(handler => log.Replay(1, handler), (commands, _) => steps += commands.Length));
        Assert.Equal(Many, steps);
    }

    [Fact]
    public async Task A_step_that_fails_ends_the_replay_with_its_own_error_and_the_log_is_left_alone()
    {
        await using var log = LogOf(Many);
        var stretches = 0;
        var failure = Assert.Throws<InvalidOperationException>(() => CommandReplay.Run(handler => log.Replay(1, handler), (_, _) =>
        {
            if (++stretches == 3)
                throw new InvalidOperationException("third");
        }));
        Assert.Equal(("third", 3), (failure.Message, stretches));
    }

    [Fact]
    public async Task A_replay_begins_where_it_is_told_to_and_may_be_empty()
    {
        await using var log = LogOf(3);
        var seen = new List<long>();
        CommandReplay.Run(handler => log.Replay(3, handler), (_, times) => seen.AddRange(times));
        CommandReplay.Run(handler => log.Replay(4, handler), (_, times) => seen.AddRange(times));
        Assert.Equal([3L], seen);
    }

    private static string NameOf(int number) => $"team/w{number}";

    private static FaultyLog LogOf(int commands, params byte[][] more)
    {
        var before = new FaultyLog();
        for (var number = 1; number <= commands; number++)
        {
            var writer = new CommandWriter(new byte[256]);
            CommandCodec.Write(ref writer, new PlaceCommand { Workload = (ulong)number, Name = NameOf(number), GpuCount = 1 }, number);
            before.Append(writer.Written);
        }
        foreach (var entry in more)
            before.Append(entry);
        before.RequestCommit();
        return before.Crash();
    }
}
