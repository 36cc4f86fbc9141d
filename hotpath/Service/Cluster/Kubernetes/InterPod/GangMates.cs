using Pipeline.Hotpath.Cluster.Kubernetes.Model;
using Pipeline.Hotpath.Cluster.Kubernetes.Translation;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Hotpath.Cluster.Kubernetes.InterPod;

/// <summary>
/// What members of a gang ask for of each other. They get their nodes all at once, each without a look at where the others go: what one asks for of
/// pods that are there already says nothing of these. Not for several threads.
/// </summary>
/// <param name="changed">Called with the members of a gang whose rules mean something else by now.</param>
internal sealed class GangMates(Action<IEnumerable<ulong>> changed)
{
    private readonly Dictionary<ObjectName, Gang> _gangs = [];
    private readonly Dictionary<ulong, ObjectName> _gangOf = [];

    public void Put(PodEntry entry)
    {
        var name = PodStandings.Of(entry.Pod) == PodStanding.Finished ? "" : PodTranslation.GangNameOf(entry.Pod);
        var gang = new ObjectName(entry.Pod.Metadata.Namespace, name);
        if (_gangOf.TryGetValue(entry.Id, out var before) && (before != gang || name.Length == 0))
            Remove(entry.Id);
        if (name.Length == 0)
            return;
        _gangOf[entry.Id] = gang;
        if (!_gangs.TryGetValue(gang, out var members))
            _gangs.Add(gang, members = new Gang());
        if (members.Put(entry))
            changed(members.All);
    }

    public void Remove(ulong pod)
    {
        if (!_gangOf.Remove(pod, out var gang))
            return;
        var members = _gangs[gang];
        if (members.Remove(pod))
            changed(members.All);
        if (members.IsEmpty)
            _gangs.Remove(gang);
    }

    /// <summary>The terms by which members of its gang, itself among them, keep the pod off their nodes.</summary>
    public IReadOnlyList<AffinityTerm> KeepingOff(Pod pod, ulong id) => GangOf(id)?.KeepingOff(pod) ?? [];

    /// <summary>Why the pod, which is a member of a gang, cannot have what it asks for of the others; it begins with the field. Empty: it can.</summary>
    public string ProblemOf(Pod pod, ulong id, InterPodRules rules)
    {
        if (GangOf(id) is not { } gang)
            return "";
        foreach (var term in rules.Apart)
        {
            if (term.TopologyKey != PipelineNames.Hostname && gang.HasOther(term.Pods, pod))
                return $"spec.affinity.podAntiAffinity: to be kept off members of its own gang by {term.TopologyKey} is not supported, by {PipelineNames.Hostname} it is";
        }

        // The first of them may be anywhere and the others only there, or by turns: nobody is the first where all get their places at once.
        if (rules.Together.Any(term => gang.Has(term.Pods)))
            return "spec.affinity.podAffinity: to want members of its own gang by it is not supported; the topology of the gang keeps them together";
        return rules.Spread.Any(rule => gang.Has(rule.Pods))
            ? "spec.topologySpreadConstraints: to be spread among members of its own gang is not supported; podAntiAffinity keeps them on nodes of their own" : "";
    }

    private Gang? GangOf(ulong pod) => _gangOf.TryGetValue(pod, out var gang) ? _gangs[gang] : null;

    private sealed class Gang
    {
        private readonly Dictionary<ulong, (Pod Pod, InterPodRules Rules)> _members = [];

        // Terms by which members keep others off, and how many have each.
        private readonly Dictionary<string, (AffinityTerm Term, int Members)> _apart = new(StringComparer.Ordinal);

        // Selections that rules of members are about, how many have each, and which members are in it.
        private readonly Dictionary<string, (PodSelection Pods, int Members, HashSet<ulong> Included)> _about = new(StringComparer.Ordinal);

        public bool IsEmpty => _members.Count == 0;

        public IEnumerable<ulong> All => _members.Keys;

        /// <returns>Rules of the others mean something else than before.</returns>
        public bool Put(PodEntry entry)
        {
            if (_members.TryGetValue(entry.Id, out var known) && IsSame(known.Pod.Metadata.Labels, entry.Pod.Metadata.Labels) && known.Rules.Key == entry.Rules.Key)
                return false;
            var changed = Remove(entry.Id);
            _members.Add(entry.Id, (entry.Pod, entry.Rules));
            foreach (var term in entry.Rules.Apart)
                changed |= Keep(term, 1);
            foreach (var pods in entry.Rules.Selections)
                Refer(pods, 1);
            foreach (var (pods, _, included) in _about.Values)
                changed |= pods.Includes(entry.Pod) && included.Add(entry.Id) && IsNews(included.Count);
            return changed;
        }

        /// <inheritdoc cref="Put"/>
        public bool Remove(ulong pod)
        {
            if (!_members.Remove(pod, out var known))
                return false;
            var changed = false;
            foreach (var term in known.Rules.Apart)
                changed |= Keep(term, -1);
            foreach (var pods in known.Rules.Selections)
                Refer(pods, -1);
            foreach (var (_, _, included) in _about.Values)
                changed |= included.Remove(pod) && IsNews(included.Count + 1);
            return changed;
        }

        public IReadOnlyList<AffinityTerm> KeepingOff(Pod pod)
            => _apart.Count == 0 ? [] : [.. _apart.Values.Select(apart => apart.Term).Where(term => term.TopologyKey == PipelineNames.Hostname && term.Pods.Includes(pod))];

        public bool Has(PodSelection pods) => CountOf(pods) > 0;

        /// <param name="pod">A member.</param>
        public bool HasOther(PodSelection pods, Pod pod) => CountOf(pods) > (pods.Includes(pod) ? 1 : 0);

        private int CountOf(PodSelection pods) => _about.TryGetValue(pods.Key, out var about) ? about.Included.Count : 0;

        /// <returns>It is the first or the last that has the term.</returns>
        private bool Keep(AffinityTerm term, int change)
        {
            var members = _apart.GetValueOrDefault(term.Key).Members + change;
            _apart[term.Key] = (term, members);
            if (members == 0)
                _apart.Remove(term.Key);
            return members == Math.Max(0, change);
        }

        private void Refer(PodSelection pods, int change)
        {
            var isKnown = _about.TryGetValue(pods.Key, out var about);
            var included = isKnown ? about.Included : [.. _members.Where(member => pods.Includes(member.Value.Pod)).Select(member => member.Key)];
            if (about.Members + change == 0)
                _about.Remove(pods.Key);
            else
                _about[pods.Key] = (pods, about.Members + change, included);
        }

        // One that has the rule may be the only one that it is about.
        private static bool IsNews(int included) => included <= 2;

        private static bool IsSame(IReadOnlyDictionary<string, string> one, IReadOnlyDictionary<string, string> other)
            => one.Count == other.Count && one.All(label => other.TryGetValue(label.Key, out var value) && value == label.Value);
    }
}
