namespace Pipeline.Scheduling.Commands;

/// <summary>
/// A person has taken the run's mark off its node in the cluster, and so decided that the node is used again: whatever the run was about
/// to do, it ends. NotFound when the run does not hold the node any more.
/// </summary>
public sealed class UncordonCommand : Command
{
    public string Node { get; init; } = "";

    /// <summary>Run whose mark it was.</summary>
    public string Run { get; init; } = "";

    /// <summary>Who did it, as far as the cluster knows.</summary>
    public string Actor { get; init; } = "";

    public override CommandKind Kind => CommandKind.Uncordon;

    public override bool Durable => true;

    internal override void Write(ref CommandWriter writer)
    {
        writer.String(Node);
        writer.String(Run);
        writer.String(Actor);
    }

    internal static UncordonCommand Read(ref CommandReader reader) => new() { Node = reader.String(), Run = reader.String(), Actor = reader.String() };
}
