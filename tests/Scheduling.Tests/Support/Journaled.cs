using Pipeline.Scheduling.Commands;

namespace Pipeline.Scheduling.Tests.Support;

internal static class Journaled
{
    /// <summary>What the journal holds of a command.</summary>
    /// <param name="now">Time of its step, Unix milliseconds.</param>
    public static byte[] BytesOf(Command command, long now)
    {
        var writer = new CommandWriter([]);
        CommandCodec.Write(ref writer, command, now);
        return writer.Written.ToArray();
    }
}
