using Pipeline.Scheduling.Commands;

namespace Pipeline.Scheduling.Tests.Commands;

public class GroupSetTests
{
    [Fact]
    public void Groups_are_ascending_and_without_repetition()
    {
        var set = GroupSet.Of(5, 2, 5, 0);
        Assert.Equal([0, 2, 5], Enumerable.Range(0, set.Count).Select(i => set[i]));
        Assert.Equal(GroupSet.Of(0, 2, 5), set);
        Assert.NotEqual(GroupSet.Of(0, 2), set);
        Assert.True(set.Contains(2));
        Assert.False(set.Contains(1));
        Assert.Equal(GroupSet.Any, GroupSet.OneOrAny(-1));
        Assert.Throws<ArgumentException>(() => GroupSet.Of(new int[GroupSet.Max + 1]));
    }

    [Theory]
    [InlineData]
    [InlineData(7)]
    [InlineData(0, 1, 2, 3, 4, 5, 6, 4095)]
    public void The_journal_gives_back_what_it_was_given(params int[] groups)
    {
        var command = new PlaceCommand { Workload = 3, Groups = GroupSet.Of(groups) };
        var writer = new CommandWriter(new byte[16]);
        CommandCodec.Write(ref writer, command, 1);
        Assert.Equal(command.Groups, ((PlaceCommand)new CommandCodec().Read(writer.Written, out _)).Groups);
    }

    [Fact]
    public void More_groups_than_there_can_be_are_no_command()
    {
        var writer = new CommandWriter(new byte[16]);
        CommandCodec.Write(ref writer, new PlaceCommand { Workload = 3 }, 1);
        var bytes = writer.Written.ToArray();
        bytes[^1] = GroupSet.Max + 1;
        Assert.Throws<InvalidDataException>(() => new CommandCodec().Read(bytes, out _));
    }
}
