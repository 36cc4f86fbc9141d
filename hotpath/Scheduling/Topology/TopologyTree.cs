using System.Diagnostics.CodeAnalysis;
using Pipeline.Scheduling.Model;

namespace Pipeline.Scheduling.Topology;

/// <summary>
/// The network domains of a cluster as a tree, immutable. Domains are numbered in depth-first order, siblings by ordinal name, so
/// that the numbers follow from the definitions alone and a domain with all below it is the range from its number to its end.
/// A virtual root, number 0, is above all and holds the nodes that no domain claims.
/// </summary>
public sealed partial class TopologyTree
{
    public const int Root = 0;

    /// <summary>The root's tier: above every tier that a gang can name, so that only a gang without a limit may span the root.</summary>
    public const int RootTier = int.MaxValue;

    /// <summary>Highest tier of a domain; every tier in use costs a summary for every machine group.</summary>
    public const int MaxTier = 63;

    /// <summary>Domains from a top one down to the deepest; every level makes each placement dearer.</summary>
    public const int MaxDepth = 16;

    /// <summary>Domains with the root; the number of one takes 16 bits of a rank.</summary>
    public const int MaxDomains = 1 << 16;

    /// <summary>Nodes that the domains may name.</summary>
    public const int MaxNodes = NodeTable.MaxNodes;

    /// <summary>Characters of a name: those of a DNS subdomain, which Kubernetes asks of names.</summary>
    public const int MaxName = 253;

    private readonly string[] _names;
    private readonly int[] _parents;
    private readonly int[] _ends;
    private readonly int[] _tiers;
    private readonly int[] _levels;
    private readonly int[] _tierOfLevel;
    private readonly int[][] _domainsOfLevel;
    private readonly Dictionary<string, int> _byName;
    private readonly Dictionary<string, int> _leafByNode;

    internal TopologyTree(IReadOnlyList<DomainDefinition> definitions, List<NumberedDomain> domains, Dictionary<string, int> leafByNode)
    {
        Definitions = definitions;
        _leafByNode = leafByNode;
        _names = [.. domains.Select(d => d.Name)];
        _parents = [.. domains.Select(d => d.Parent)];
        _ends = [.. domains.Select(d => d.End)];
        _tiers = [.. domains.Select(d => d.Tier)];
        _tierOfLevel = [.. _tiers.Distinct().Order()];
        _levels = [.. _tiers.Select(tier => Array.BinarySearch(_tierOfLevel, tier))];
        _domainsOfLevel = [.. Enumerable.Range(0, _tierOfLevel.Length).Select(DomainsWithLevel)];
        _byName = Enumerable.Range(1, Count - 1).ToDictionary(domain => _names[domain], StringComparer.Ordinal);

        int[] DomainsWithLevel(int level) => [.. Enumerable.Range(0, Count).Where(domain => _levels[domain] == level)];
    }

    /// <summary>The tree without domains: every node hangs under the root.</summary>
    public static TopologyTree Flat { get; } = TryBuild([], out var tree, out _) ? tree : null!;

    /// <summary>What the tree was built from, by ordinal name, the members of each too; equal trees have equal definitions.</summary>
    public IReadOnlyList<DomainDefinition> Definitions { get; }

    /// <summary>Domains with the root; their numbers are below it.</summary>
    public int Count => _names.Length;

    /// <summary>Different tiers with the root's.</summary>
    public int LevelCount => _tierOfLevel.Length;

    /// <param name="definitions">In any order.</param>
    /// <param name="problem">The field and the domain at fault.</param>
    public static bool TryBuild(
        IEnumerable<DomainDefinition> definitions, [NotNullWhen(true)] out TopologyTree? tree, [NotNullWhen(false)] out string? problem)
        => new TopologyBuilder(definitions).TryBuild(out tree, out problem);

    /// <summary>Empty for the root.</summary>
    public string NameOf(int domain) => _names[domain];

    public int TierOf(int domain) => _tiers[domain];

    /// <summary>-1 for the root.</summary>
    public int ParentOf(int domain) => _parents[domain];

    /// <summary>One more than the highest number below the domain.</summary>
    public int EndOf(int domain) => _ends[domain];

    /// <summary>Rank of the domain's tier among the tiers in use, from 0; the root has the last.</summary>
    public int LevelOf(int domain) => _levels[domain];

    public int TierOfLevel(int level) => _tierOfLevel[level];

    /// <summary>Ascending.</summary>
    public ReadOnlySpan<int> DomainsOfLevel(int level) => _domainsOfLevel[level];

    public bool TryFind(string name, out int domain) => _byName.TryGetValue(name, out domain);

    /// <summary>The domain that the node hangs under directly: the root when no domain claims it.</summary>
    public int LeafOf(string node) => _leafByNode.GetValueOrDefault(node, Root);
}
