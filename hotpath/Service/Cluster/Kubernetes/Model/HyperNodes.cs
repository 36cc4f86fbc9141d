using System.Text.RegularExpressions;
using Pipeline.Contracts.Cluster;
using Pipeline.Kubernetes.Models;
using Pipeline.Scheduling.Topology;

namespace Pipeline.Hotpath.Cluster.Kubernetes.Model;

/// <summary>
/// Volcano's HyperNodes as network domains. A member that makes no tree (a second parent, a node in two domains, a tier that does not
/// fall) is left out and told; the rest of the network stays known.
/// </summary>
internal static class HyperNodes
{
    // A pattern is an operator's, and still must not stop the adapter.
    private static readonly TimeSpan MatchBound = TimeSpan.FromMilliseconds(100);

    public static (IReadOnlyList<ClusterDomain> Domains, IReadOnlyList<string> Problems) ToDomains(IEnumerable<HyperNode> all, IReadOnlyDictionary<string, Node> nodes)
    {
        var problems = new List<string>();
        // The lower tiers first: where two claim the same node, the nearer switch has it.
        var known = all.Where(hyper => IsTaken(hyper, problems)).OrderBy(hyper => hyper.Spec.Tier).ThenBy(hyper => hyper.Metadata.Name, StringComparer.Ordinal).ToList();
        var byName = known.ToDictionary(hyper => hyper.Metadata.Name, StringComparer.Ordinal);
        var (leafOf, parentOf) = (new Dictionary<string, string>(StringComparer.Ordinal), new Dictionary<string, string>(StringComparer.Ordinal));
        var domains = new List<ClusterDomain>(known.Count);
        foreach (var hyper in known)
        {
            var (name, members, below) = (hyper.Metadata.Name, new List<string>(), new List<string>());
            foreach (var member in hyper.Spec.Members)
            {
                if (member.Type == "Node")
                    Claim(member.Selector, nodes.Keys, Labelled, leafOf, members, _ => null);
                else
                    Claim(member.Selector, byName.Keys, _ => [], parentOf, below, TierProblem);
            }

            domains.Add(new ClusterDomain(name, hyper.Spec.Tier, members, below));

            string? TierProblem(string child)
                => byName[child].Spec.Tier >= hyper.Spec.Tier ? $"tier {byName[child].Spec.Tier} of '{child}' is not below its own" : null;

            void Claim(
                HyperNodeSelector selector, IEnumerable<string> names, Func<LabelSelector, IEnumerable<string>> byLabel, Dictionary<string, string> owners, List<string> into,
                Func<string, string?> problem)
            {
                try
                {
                    foreach (var found in Matching(selector, names, byLabel).Order(StringComparer.Ordinal))
                    {
                        // A pattern may well match the domain itself.
                        if (found == name && ReferenceEquals(owners, parentOf) && selector.ExactMatch is null)
                            continue;
                        if (problem(found) is { } wrong)
                            problems.Add($"{name}: {wrong}");
                        else if (owners.TryAdd(found, name))
                            into.Add(found);
                        else if (owners[found] != name)
                            problems.Add($"{name}: '{found}' is in '{owners[found]}' already");
                    }
                }
                catch (Exception exception) when (exception is ArgumentException or FormatException or RegexMatchTimeoutException or NotSupportedException)
                {
                    problems.Add($"{name}: {exception.Message}");
                }
            }
        }

        return (domains, problems);

        IEnumerable<string> Labelled(LabelSelector selector)
            => nodes.Values.Where(node => selector.Matches(node.Metadata.Labels)).Select(node => node.Metadata.Name);
    }

    private static bool IsTaken(HyperNode hyper, List<string> problems)
    {
        if (hyper.Spec.Tier is >= 0 and <= TopologyTree.MaxTier)
            return true;
        problems.Add($"{hyper.Metadata.Name}: tier {hyper.Spec.Tier} is not between 0 and {TopologyTree.MaxTier}");
        return false;
    }

    private static IEnumerable<string> Matching(HyperNodeSelector selector, IEnumerable<string> names, Func<LabelSelector, IEnumerable<string>> byLabel)
    {
        if (selector.ExactMatch is { } exact)
            return names.Contains(exact.Name) ? [exact.Name] : [];
        if (selector.LabelMatch is { } label)
            return byLabel(label);
        if (selector.RegexMatch is not { } regex)
            throw new FormatException("a member has none of exactMatch, regexMatch and labelMatch");
        // The server's own syntax (RE2) knows no backtracking either.
        var pattern = new Regex(regex.Pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, MatchBound);
        return names.Where(name => pattern.IsMatch(name));
    }
}
