using Pipeline.Scheduling.Topology;

namespace Pipeline.Scheduling.Commands;

/// <summary>Replaces the tree of network domains. What runs stays where it is.</summary>
public sealed class SetTopologyCommand : Command
{
    /// <summary>In any order; the reply names what is wrong with them.</summary>
    public required IReadOnlyList<DomainDefinition> Domains { get; init; }

    public override CommandKind Kind => CommandKind.SetTopology;

    public override bool Durable => false;

    internal override void Write(ref CommandWriter writer) => TopologyCodec.Write(ref writer, Domains);

    internal static SetTopologyCommand Read(ref CommandReader reader) => new() { Domains = TopologyCodec.Read(ref reader) };
}
