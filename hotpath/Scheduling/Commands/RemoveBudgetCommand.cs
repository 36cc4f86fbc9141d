namespace Pipeline.Scheduling.Commands;

/// <summary>The cluster has no such disruption budget any more. Its index is another's once nobody is under it.</summary>
public sealed class RemoveBudgetCommand : Command
{
    /// <summary><c>namespace/name</c>, 1 to 512 characters.</summary>
    public string Name { get; init; } = "";

    public override CommandKind Kind => CommandKind.RemoveBudget;

    public override bool Durable => false;

    internal override void Write(ref CommandWriter writer) => writer.String(Name);

    internal static RemoveBudgetCommand Read(ref CommandReader reader) => new() { Name = reader.String() };
}
