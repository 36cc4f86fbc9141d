using Pipeline.Kubernetes.Models;
using static Pipeline.Hotpath.Tests.Cluster.Kubernetes.InterPod.InterPodWorld;

namespace Pipeline.Hotpath.Tests.Cluster.Kubernetes.InterPod;

/// <summary>What is counted as pods come and go is what a look at all of them says, by the words of the Kubernetes documentation.</summary>
public sealed class InterPodProperties
{
    private static readonly int Worlds = Cases.Of(500);
    private const int Steps = 40;

    private static readonly string[] Apps = ["x", "y"];
    private static readonly string[] Keys = [Hostname, Zone];
    private static readonly string[] Zones = ["a", "b", ""];

    [Fact]
    public void Pods_may_be_just_where_a_look_at_all_others_lets_them()
    {
        for (var seed = 1; seed <= Worlds; seed++)
        {
            var random = new Random(seed);
            var nodes = Enumerable.Range(1, 5).ToDictionary(node => $"n{node}", _ => Zones[random.Next(3)]);
            var world = new InterPodWorld([.. nodes.Values]);
            var there = new Dictionary<string, Peer>();
            for (var step = 0; step < Steps; step++)
            {
                Act(random, world, there, nodes);
                Check(seed, world, new Peer(Apps[random.Next(2)], random.Next(4), Apps[random.Next(2)], Keys[random.Next(2)], ""), there, nodes);
            }
        }
    }

    private static void Act(Random random, InterPodWorld world, Dictionary<string, Peer> there, Dictionary<string, string> nodes)
    {
        var name = $"p{random.Next(8)}";
        switch (random.Next(5))
        {
            case 0 when there.Remove(name, out var gone):
                world.Delete(PodOf(name, gone));
                break;
            // Its label changes.
            case 1 when there.TryGetValue(name, out var known):
                there[name] = known with { App = Apps[random.Next(2)] };
                world.Put(PodOf(name, there[name]));
                break;
            case 2:
                var node = $"n{random.Next(5) + 1}";
                nodes[node] = Zones[random.Next(3)];
                world.Put(Node(node, nodes[node]));
                break;
            case > 2 when !there.ContainsKey(name):
                there[name] = new Peer(Apps[random.Next(2)], random.Next(3) == 0 ? 1 : 0, Apps[random.Next(2)], Keys[random.Next(2)], $"n{random.Next(5) + 1}");
                if (random.Next(2) == 0)
                {
                    world.Put(PodOf(name, there[name] with { Node = "" }));
                    world.Binding(name, there[name].Node);
                }
                else
                {
                    world.Put(PodOf(name, there[name]));
                }

                break;
        }
    }

    private static void Check(int seed, InterPodWorld world, Peer pod, Dictionary<string, Peer> there, Dictionary<string, string> nodes)
    {
        world.Put(PodOf("asker", pod));
        var expected = nodes.Keys.Where(node => May(pod, node, [.. there.Values], nodes)).Order(StringComparer.Ordinal).Select(node => node[1..]).ToList();
        var found = world.NodesOf("asker");
        world.Delete(PodOf("asker", pod));
        Assert.Equal((seed, pod, expected.Count == nodes.Count ? "any" : string.Join(',', expected)), (seed, pod, found));
    }

    private static bool May(Peer pod, string node, IReadOnlyList<Peer> there, Dictionary<string, string> nodes)
    {
        if (there.Any(other => other.Rule == 1 && other.Of == pod.App && Share(node, other.Node, other.Key)))
            return false;
        var matching = there.Where(other => other.App == pod.Of).ToList();
        switch (pod.Rule)
        {
            case 1:
                return !matching.Exists(other => Share(node, other.Node, pod.Key));
            case 2:
                return ValueOf(node, pod.Key) is not null && (matching.Exists(other => Share(node, other.Node, pod.Key)) || (matching.Count == 0 && pod.Of == pod.App));
            case 3 when ValueOf(node, pod.Key) is { } own:
                var counts = nodes.Keys.Select(other => ValueOf(other, pod.Key)).OfType<string>().Distinct().ToDictionary(value => value, value => matching.Count(other => ValueOf(other.Node, pod.Key) == value));
                return counts[own] + (pod.Of == pod.App ? 1 : 0) - counts.Values.Min() <= 1;
            case 3:
                return false;
            default:
                return true;
        }

        bool Share(string one, string other, string key) => ValueOf(one, key) is { } value && value == ValueOf(other, key);

        string? ValueOf(string name, string key) => key == Hostname ? name : nodes[name] is { Length: > 0 } zone ? zone : null;
    }

    private static Pod PodOf(string name, Peer peer) => Pod(
        name, peer.App,
        peer.Rule switch
        {
            1 => Apart(peer.Of, peer.Key),
            2 => Together(peer.Of, peer.Key),
            3 => Spread(peer.Of, peer.Key),
            _ => "",
        },
        peer.Node.Length > 0 ? peer.Node : null);

    /// <param name="Rule">0: none; 1: apart; 2: together; 3: spread.</param>
    /// <param name="Of">The app that the rule is about.</param>
    private sealed record Peer(string App, int Rule, string Of, string Key, string Node);
}
