using Pipeline.Scheduling.Commands;

namespace Pipeline.Hotpath.Tests.Support;

/// <summary>Fails inside the loop, as an engine with a broken invariant does.</summary>
internal sealed class BreakingCommand : Command
{
    public override CommandKind Kind => throw new BrokenEngineException();

    public override bool Durable => false;

    internal override void Write(ref CommandWriter writer)
    {
    }
}

internal sealed class BrokenEngineException : Exception;

/// <summary>Holds the loop until the test lets it go on; then it is a sweep.</summary>
internal sealed class BlockingCommand(ManualResetEventSlim released) : Command
{
    public override CommandKind Kind => CommandKind.Sweep;

    public override bool Durable
    {
        get
        {
            released.Wait();
            return false;
        }
    }

    internal override void Write(ref CommandWriter writer)
    {
    }
}
