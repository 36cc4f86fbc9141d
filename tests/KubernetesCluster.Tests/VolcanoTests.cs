using System.Text.Json.Nodes;
using Pipeline.KubernetesCluster.Tests.Support;
using Pipeline.TestControlPlane;

namespace Pipeline.KubernetesCluster.Tests;

/// <summary>Volcano's HyperNodes and PodGroups, on a server that has their definitions.</summary>
[Collection(nameof(ClusterFixture))]
public sealed class VolcanoTests(ClusterFixture fixture) : IAsyncLifetime
{
    private const string Definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    private const string HyperNodes = "/apis/topology.volcano.sh/v1alpha1/hypernodes";
    private const string PodGroups = "/apis/scheduling.volcano.sh/v1beta1/namespaces/volcano/podgroups";

    private static readonly string[] Switches = ["leaf-a", "leaf-b", "spine"];

    public async Task InitializeAsync()
    {
        await DefineAsync("topology.volcano.sh", "v1alpha1", "HyperNode", "Cluster");
        await DefineAsync("scheduling.volcano.sh", "v1beta1", "PodGroup", "Namespaced");
        await World.UntilAsync("the definitions", async () => await fixture.Plane.Api.FindAsync(HyperNodes) is not null && await fixture.Plane.Api.FindAsync(PodGroups) is not null);
    }

    /// <summary>Other tests have the server without them.</summary>
    public async Task DisposeAsync()
    {
        await fixture.Plane.Api.DeleteAsync($"{Definitions}/hypernodes.topology.volcano.sh");
        await fixture.Plane.Api.DeleteAsync($"{Definitions}/podgroups.scheduling.volcano.sh");
    }

    [ControlPlaneFact]
    public async Task Members_wait_for_their_group_and_start_together_under_one_switch()
    {
        var nodes = await fixture.Kubelets.AddNodesAsync(4, Manifests.Group("volcano"));
        await fixture.Plane.Api.PostAsync(HyperNodes, HyperNode(Switches[0], 1, Exactly("Node", nodes[0]), Exactly("Node", nodes[1])));
        await fixture.Plane.Api.PostAsync(HyperNodes, HyperNode(Switches[1], 1, new JsonObject { ["type"] = "Node", ["selector"] = new JsonObject { ["regexMatch"] = new JsonObject { ["pattern"] = "^volcano-000[34]$" } } }));
        await fixture.Plane.Api.PostAsync(HyperNodes, HyperNode(Switches[2], 2, Exactly("HyperNode", Switches[0]), Exactly("HyperNode", Switches[1])));
        await using var world = await World.StartAsync(fixture, "volcano");
        // One switch has room for one of them, and of both together the nodes would do.
        await world.CreateAsync(Manifests.Pod("holder", 8, nodes[0], 0xff));
        await world.CreateAsync(Member("m0"));
        await world.CreateAsync(Member("m1"));
        await World.UntilAsync("the reason to wait", async () => (await world.PodAsync("m0"))!["status"]!["conditions"]?.ToJsonString().Contains("there is no PodGroup", StringComparison.Ordinal) == true);
        Assert.Single(await world.CountAsync());

        await fixture.Plane.Api.PostAsync(PodGroups, Group());

        await World.UntilAsync("the binding of the gang", async () => (await world.CountAsync()).Count == 3);
        string?[] places = [await world.NodeOfAsync("m0"), await world.NodeOfAsync("m1")];
        Assert.Equal([nodes[2], nodes[3]], places.Order());
        await world.ModelAgreesAsync();
    }

    private static JsonObject Member(string name)
    {
        var pod = Manifests.Pod(name, 8, spec: Manifests.InGroup("volcano"));
        pod["metadata"]!["annotations"]!["scheduling.k8s.io/group-name"] = "job";
        return pod;
    }

    private static JsonObject Group() => new()
    {
        ["apiVersion"] = "scheduling.volcano.sh/v1beta1",
        ["kind"] = "PodGroup",
        ["metadata"] = new JsonObject { ["name"] = "job" },
        ["spec"] = new JsonObject { ["minMember"] = 2, ["queue"] = "default", ["networkTopology"] = new JsonObject { ["mode"] = "hard", ["highestTierAllowed"] = 1 } },
    };

    private static JsonObject HyperNode(string name, int tier, params JsonObject[] members) => new()
    {
        ["apiVersion"] = "topology.volcano.sh/v1alpha1",
        ["kind"] = "HyperNode",
        ["metadata"] = new JsonObject { ["name"] = name },
        ["spec"] = new JsonObject { ["tier"] = tier, ["tierName"] = $"tier-{tier}", ["members"] = new JsonArray([.. members]) },
    };

    private static JsonObject Exactly(string type, string name)
        => new() { ["type"] = type, ["selector"] = new JsonObject { ["exactMatch"] = new JsonObject { ["name"] = name } } };

    private Task DefineAsync(string group, string version, string kind, string scope) => fixture.Plane.Api.PostAsync(Definitions, new JsonObject
    {
        ["apiVersion"] = "apiextensions.k8s.io/v1",
        ["kind"] = "CustomResourceDefinition",
        ["metadata"] = new JsonObject { ["name"] = $"{kind.ToLowerInvariant()}s.{group}" },
        ["spec"] = new JsonObject
        {
            ["group"] = group,
            ["scope"] = scope,
            ["names"] = new JsonObject { ["kind"] = kind, ["plural"] = $"{kind.ToLowerInvariant()}s" },
            ["versions"] = new JsonArray(new JsonObject
            {
                ["name"] = version,
                ["served"] = true,
                ["storage"] = true,
                ["schema"] = new JsonObject
                {
                    ["openAPIV3Schema"] = new JsonObject
                    {
                        ["type"] = "object",
                        ["properties"] = new JsonObject { ["spec"] = new JsonObject { ["type"] = "object", ["x-kubernetes-preserve-unknown-fields"] = true } },
                    },
                },
                ["subresources"] = new JsonObject { ["status"] = new JsonObject() },
            }),
        },
    });
}
