using Pipeline.Functions.Notify;

namespace Pipeline.Functions.Tests.Notify;

public sealed class NotificationTests
{
    [Fact]
    public void What_is_written_is_read_again()
    {
        var written = new Notification("r-1", 3, [new SenderWait("jira", 2, 30_000)]);

        var read = Notification.Parse(written.Format());

        Assert.Equal(("r-1", 3), (read.Run, read.Try));
        Assert.Equal(written.Waits.AsEnumerable(), read.Waits.AsEnumerable());
    }

    [Fact]
    public void The_engines_message_needs_only_the_run() => Assert.Empty(Notification.Parse("""{"run":"r-1","else":1}""").Waits);

    [Theory]
    [InlineData("", "message")]
    [InlineData("null", "run")]
    [InlineData("[]", "message")]
    [InlineData("{}", "\"run\"")]
    [InlineData("""{"run":" "}""", "\"run\"")]
    [InlineData("""{"run":7}""", "$.run")]
    [InlineData("""{"run":"r-1","try":-1}""", "\"try\"")]
    [InlineData("""{"run":"r-1","waits":[{"sender":1}]}""", "$.waits[0].sender")]
    public void A_message_that_cannot_be_read_is_refused_by_field(string message, string named)
    {
        var error = Assert.Throws<FormatException>(() => Notification.Parse(message));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }
}
