using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Models;
using Pipeline.TestControlPlane;

namespace Pipeline.Kubernetes.Tests.Interop;

/// <summary>Binding and evicting with a real API server.</summary>
[Collection(ServerCollection.Name)]
public sealed class PodTests(ServerFixture server)
{
    [ControlPlaneFact]
    public async Task A_pod_is_bound_once_and_has_its_annotations_with_it()
    {
        using var client = server.Client();
        await client.NodeAsync("bound-to");
        var pod = await client.CreateAsync(Kinds.Pods, Samples.Pod("default", "bound"));
        await client.BindAsync(pod.FullName, pod.Metadata.Uid, "bound-to", new Dictionary<string, string> { ["pipeline.gpu/gpus"] = "3" });

        var bound = await client.GetAsync(Kinds.Pods, pod.FullName);
        Assert.Equal("bound-to", bound.Spec.NodeName);
        Assert.Equal("3", bound.Metadata.Annotations["pipeline.gpu/gpus"]);
        Assert.Equal(1500, bound.Spec.Containers[0].Resources.Requests["cpu"].Milli);
        Assert.Equal("True", bound.Status.Conditions.Single(condition => condition.Type == "PodScheduled").Status);
        var again = await Assert.ThrowsAsync<KubernetesException>(() => client.BindAsync(pod.FullName, pod.Metadata.Uid, "elsewhere"));
        Assert.True(again.IsConflict);
    }

    [ControlPlaneFact]
    public async Task A_request_of_so_many_digits_as_the_server_makes_of_it_is_read()
    {
        using var client = server.Client();
        var pod = Samples.Pod("default", "precise");
        var requests = new Dictionary<string, Quantity> { ["memory"] = Quantity.Parse("912345678901234567.8") };
        pod = pod with { Spec = pod.Spec with { Containers = [pod.Spec.Containers[0] with { Resources = new() { Requests = requests } }] } };

        await client.CreateAsync(Kinds.Pods, pod);

        var known = Assert.Single((await client.ListAsync(Kinds.Pods, new ListOptions { FieldSelector = "metadata.name=precise" })).Items);
        Assert.Equal("912345678901234567800m", known.Spec.Containers[0].Resources.Requests["memory"].ToString());
        Assert.Equal(912345678901234568, known.Spec.Containers[0].Resources.Requests["memory"].Units);
    }

    [ControlPlaneFact]
    public async Task An_eviction_waits_for_the_budget_and_is_not_repeated_by_the_client()
    {
        // An answer that the client took for a lack of time would be repeated until the timeout.
        using var client = server.Client();
        await client.NodeAsync("evicted-from");
        var labels = new Dictionary<string, string> { ["app"] = "guarded" };
        var pod = await client.CreateAsync(Kinds.Pods, Samples.Pod("default", "guarded", labels));
        await client.BindAsync(pod.FullName, null, "evicted-from");
        // A pod that is not ready needs no budget.
        await client.UpdateAsync(
            Kinds.Pods,
            pod.FullName,
            item => item with { Status = item.Status with { Phase = "Running", Conditions = [.. item.Status.Conditions, new Condition { Type = "Ready", Status = "True" }] } },
            new RequestOptions { Subresource = "status" });
        var budgets = await client.PodDisruptionBudgetsAsync();
        var budget = await client.CreateAsync(budgets, new PodDisruptionBudget
        {
            Metadata = new ObjectMeta { Name = "guarded", Namespace = "default" },
            Spec = new PodDisruptionBudgetSpec { MinAvailable = System.Text.Json.JsonSerializer.SerializeToElement(1), Selector = new LabelSelector { MatchLabels = labels } },
        });
        await AllowAsync(0);

        var blocked = await Assert.ThrowsAsync<KubernetesException>(() => client.EvictAsync(pod.FullName));
        Assert.True(blocked.IsDisruptionBudget);
        Assert.Contains("disruption budget", blocked.Message, StringComparison.Ordinal);

        // This server has no answer for two budgets, and says so in a success.
        var second = await client.CreateAsync(budgets, budget with { Metadata = new ObjectMeta { Name = "guarded-twice", Namespace = "default" } });
        var twice = await Assert.ThrowsAsync<KubernetesException>(() => client.EvictAsync(pod.FullName));
        Assert.False(twice.IsDisruptionBudget);
        Assert.Contains("more than one PodDisruptionBudget", twice.Message, StringComparison.Ordinal);
        await client.DeleteAsync(budgets, second.FullName);

        await AllowAsync(1);
        await client.EvictAsync(pod.FullName, new DeleteOptions { GracePeriodSeconds = 0 });
        Assert.Null(await client.FindAsync(Kinds.Pods, pod.FullName));
        var gone = await Assert.ThrowsAsync<KubernetesException>(() => client.EvictAsync(pod.FullName));
        Assert.True(gone.IsNotFound);

        // What the controller manager would do.
        Task AllowAsync(int disruptions) => client.UpdateAsync(
            budgets,
            budget.FullName,
            item => item with { Status = item.Status with { ObservedGeneration = item.Metadata.Generation ?? 0, DisruptionsAllowed = disruptions, CurrentHealthy = 1, DesiredHealthy = 1, ExpectedPods = 1 } },
            new RequestOptions { Subresource = "status" });
    }
}
