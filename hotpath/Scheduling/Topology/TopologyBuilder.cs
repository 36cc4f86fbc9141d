using System.Diagnostics.CodeAnalysis;

namespace Pipeline.Scheduling.Topology;

/// <summary>Checks definitions and numbers the domains.</summary>
internal sealed class TopologyBuilder(IEnumerable<DomainDefinition> definitions)
{
    private readonly DomainDefinition[] _definitions = [.. definitions.Select(Sorted).OrderBy(d => d.Name, StringComparer.Ordinal)];
    private readonly Dictionary<string, DomainDefinition> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _parents = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _leafByNode = new(StringComparer.Ordinal);
    private readonly List<NumberedDomain> _domains = [];

    public bool TryBuild([NotNullWhen(true)] out TopologyTree? tree, [NotNullWhen(false)] out string? problem)
    {
        problem = SizeProblem() ?? NameProblem() ?? ChildProblem() ?? Number();
        tree = problem == null ? new TopologyTree(_definitions, _domains, _leafByNode) : null;
        return tree != null;
    }

    private static DomainDefinition Sorted(DomainDefinition definition) => definition with
    {
        Nodes = definition.Nodes.Sort(StringComparer.Ordinal),
        Domains = definition.Domains.Sort(StringComparer.Ordinal),
    };

    private string? SizeProblem()
    {
        if (_definitions.Length >= TopologyTree.MaxDomains)
            return $"Domains: {_definitions.Length} are more than {TopologyTree.MaxDomains - 1}.";
        var nodes = _definitions.Sum(d => (long)d.Nodes.Length);
        return nodes > TopologyTree.MaxNodes ? $"Nodes: {nodes} in all domains are more than {TopologyTree.MaxNodes}." : null;
    }

    private string? NameProblem()
    {
        foreach (var definition in _definitions)
        {
            if (definition.Name.Length is 0 or > TopologyTree.MaxName)
                return $"Name: '{definition.Name}' has not between 1 and {TopologyTree.MaxName} characters.";
            if (!_byName.TryAdd(definition.Name, definition))
                return $"Name: there are two domains '{definition.Name}'.";
            if (definition.Tier is < 0 or > TopologyTree.MaxTier)
                return $"Tier of domain '{definition.Name}': {definition.Tier} is not between 0 and {TopologyTree.MaxTier}.";
        }
        return null;
    }

    private string? ChildProblem()
    {
        foreach (var (name, tier, _, domains) in _definitions)
        {
            foreach (var child in domains)
            {
                if (!_byName.TryGetValue(child, out var below))
                    return $"Domains of domain '{name}': there is no domain '{child}'.";
                // Tiers that fall from parent to child leave no room for a cycle.
                if (below.Tier >= tier)
                    return $"Tier of domain '{name}': {tier} is not above tier {below.Tier} of '{child}' in it.";
                if (!_parents.TryAdd(child, name))
                    return $"Domains of domain '{name}': '{child}' is in '{_parents[child]}' already.";
            }
        }
        return null;
    }

    private string? Number()
    {
        _domains.Add(new NumberedDomain("", TopologyTree.RootTier, -1, 0));
        foreach (var definition in _definitions)
        {
            if (!_parents.ContainsKey(definition.Name) && Number(definition, TopologyTree.Root, 1) is { } problem)
                return problem;
        }
        Close(TopologyTree.Root);
        return null;
    }

    private string? Number(DomainDefinition definition, int parent, int depth)
    {
        if (depth > TopologyTree.MaxDepth)
            return $"Domains: '{definition.Name}' is more than {TopologyTree.MaxDepth} levels deep.";
        var domain = _domains.Count;
        _domains.Add(new NumberedDomain(definition.Name, definition.Tier, parent, 0));
        foreach (var node in definition.Nodes)
        {
            if (node.Length is 0 or > TopologyTree.MaxName)
                return $"Nodes of domain '{definition.Name}': '{node}' has not between 1 and {TopologyTree.MaxName} characters.";
            if (!_leafByNode.TryAdd(node, domain))
                return $"Nodes of domain '{definition.Name}': '{node}' is in '{_domains[_leafByNode[node]].Name}' already.";
        }
        foreach (var child in definition.Domains)
        {
            if (Number(_byName[child], domain, depth + 1) is { } problem)
                return problem;
        }
        Close(domain);
        return null;
    }

    private void Close(int domain) => _domains[domain] = _domains[domain] with { End = _domains.Count };
}

/// <summary>A domain with its place in the tree.</summary>
/// <param name="End">One more than the highest number below it.</param>
internal readonly record struct NumberedDomain(string Name, int Tier, int Parent, int End);
