namespace Pipeline.Scheduling.Model;

/// <summary>The answer about a node that is taken without its machine group, for which there was no index: it is repaired, and nothing is placed on it.</summary>
public sealed record Ungrouped(string Group)
{
    public override string ToString()
        => $"there are {NodeTable.MaxGroups} machine groups and '{Group}' is none of them; the node is known, and nothing is placed on it until one of them is not used any more";
}
