namespace Pipeline.Scheduling.Commands;

/// <summary>
/// Asks why a workload or gang waits, or why it is where it is; answers with an <see cref="Explain.Explanation"/> and changes nothing.
/// It goes through the loop because the answer needs the index; one costs less than a millisecond for 10,000 nodes.
/// </summary>
public sealed class ExplainCommand : Command
{
    /// <summary>Workload id, or 0.</summary>
    public ulong Workload { get; init; }

    /// <summary>Gang id, or 0.</summary>
    public ulong Gang { get; init; }

    public override CommandKind Kind => CommandKind.Explain;

    public override bool Durable => false;

    internal override void Write(ref CommandWriter writer)
    {
        writer.UInt64(Workload);
        writer.UInt64(Gang);
    }

    internal static ExplainCommand Read(ref CommandReader reader) => new() { Workload = reader.UInt64(), Gang = reader.UInt64() };
}
