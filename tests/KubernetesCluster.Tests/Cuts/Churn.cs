using System.Text.Json.Nodes;
using Pipeline.KubernetesCluster.Tests.Support;

namespace Pipeline.KubernetesCluster.Tests.Cuts;

/// <summary>What people and jobs do all day on some nodes, in an order that a seed decides. It goes past the product.</summary>
internal sealed class Churn(World world, string group, IReadOnlyList<string> nodes, int seed)
{
    // Fits on the nodes whatever the order, so that everything is bound in the end.
    private const int MostGpus = 2;

    private readonly Random _random = new(seed);
    private readonly List<string> _pods = [];
    private readonly HashSet<string> _cordoned = [];
    private readonly HashSet<string> _budgets = [];
    private readonly SortedDictionary<string, int> _done = new(StringComparer.Ordinal);
    private int _created;

    /// <summary>How often what was done.</summary>
    public IReadOnlyDictionary<string, int> Done => _done;

    public async Task StepAsync()
    {
        switch (_random.Next(8))
        {
            case < 4 when _pods.Count < nodes.Count * 8 / MostGpus:
                await CreateAsync();
                break;
            case < 4 or 4 when _pods.Count > 0:
                await DeleteAsync();
                break;
            case 5 when _pods.Count > 0:
                await FinishAsync();
                break;
            case 6:
                await CordonAsync();
                break;
            default:
                await BudgetAsync();
                break;
        }
    }

    /// <summary>Opens all nodes again.</summary>
    public async Task EndAsync()
    {
        foreach (var node in _cordoned)
            await world.Plane.KubectlAsync("uncordon", node);
    }

    private async Task CreateAsync()
    {
        var name = $"p{_created++}";
        var labels = new Dictionary<string, string> { ["app"] = $"app{_random.Next(3)}" };
        await world.CreateAsync(Manifests.Pod(name, 1 + _random.Next(MostGpus), labels: labels, spec: Manifests.InGroup(group)));
        _pods.Add(name);
        Count("created");
    }

    private async Task DeleteAsync()
    {
        await world.DeleteAsync(Take());
        Count("deleted");
    }

    private async Task FinishAsync()
    {
        var pod = _pods[_random.Next(_pods.Count)];
        // A kubelet's word that it runs may be on the way, and would call one back to life that had ended before it began.
        if ((string?)(await world.PodAsync(pod))!["status"]!["phase"] != "Running")
            return;
        _pods.Remove(pod);
        await world.Plane.Api.PatchAsync($"/api/v1/namespaces/{world.Space}/pods/{pod}/status", new JsonObject { ["status"] = new JsonObject { ["phase"] = "Succeeded" } });
        Count("finished");
    }

    private async Task CordonAsync()
    {
        var node = nodes[_random.Next(nodes.Count)];
        var opens = _cordoned.Remove(node);
        if (!opens)
            _cordoned.Add(node);
        await world.Plane.KubectlAsync(opens ? "uncordon" : "cordon", node);
        Count(opens ? "uncordoned" : "cordoned");
    }

    private async Task BudgetAsync()
    {
        var app = $"app{_random.Next(3)}";
        var path = $"/apis/policy/v1beta1/namespaces/{world.Space}/poddisruptionbudgets";
        if (_budgets.Remove(app))
        {
            await world.Plane.Api.DeleteAsync($"{path}/{app}");
        }
        else
        {
            _budgets.Add(app);
            await world.Plane.Api.PostAsync(path, Manifests.Budget(app, app, 1));
        }

        Count("budgets");
    }

    private string Take()
    {
        var at = _random.Next(_pods.Count);
        var pod = _pods[at];
        _pods.RemoveAt(at);
        return pod;
    }

    private void Count(string what) => _done[what] = _done.GetValueOrDefault(what) + 1;
}
