namespace Pipeline.Scheduling.Commands;

/// <summary>
/// What a disruption budget allows now, as the cluster says; a new name gets the next index. Answers with the index, which
/// <see cref="Tenancy.WorkloadTraits.Budget"/> names.
/// </summary>
public sealed class SetBudgetCommand : Command
{
    /// <summary><c>namespace/name</c>, 1 to 512 characters.</summary>
    public string Name { get; init; } = "";

    /// <summary>Disruptions; range 0 to 1,000,000.</summary>
    public int Allowed { get; init; }

    public override CommandKind Kind => CommandKind.SetBudget;

    public override bool Durable => false;

    internal override void Write(ref CommandWriter writer)
    {
        writer.String(Name);
        writer.Int32(Allowed);
    }

    internal static SetBudgetCommand Read(ref CommandReader reader) => new() { Name = reader.String(), Allowed = reader.Int32() };
}
