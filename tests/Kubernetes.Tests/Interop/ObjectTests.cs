using System.Text.Json.Nodes;
using Pipeline.Kubernetes.Client;
using Pipeline.Kubernetes.Models;
using Pipeline.TestControlPlane;

namespace Pipeline.Kubernetes.Tests.Interop;

/// <summary>Reading and writing objects of a real API server.</summary>
[Collection(ServerCollection.Name)]
public sealed class ObjectTests(ServerFixture server)
{
    [ControlPlaneFact]
    public async Task A_kubeconfig_with_a_token_or_with_a_client_certificate_lets_us_in()
    {
        using var token = server.Client();
        Assert.Equal("v1.20.2", (await token.VersionAsync()).GitVersion.Split('-', '+')[0]);

        var path = server.Plane.WriteClientCertificateKubeconfig("operator", "system:masters");
        using var certificate = server.Client(access: ServerFixture.AccessOf(path));
        Assert.NotEmpty((await certificate.ListAsync(Kinds.Namespaces)).Items);
    }

    [ControlPlaneFact]
    public async Task A_refusal_has_the_reason_and_the_words_of_the_server()
    {
        using var admin = server.Client();
        var missing = await Assert.ThrowsAsync<KubernetesException>(() => admin.GetAsync(Kinds.Nodes, "nobody"));
        Assert.True(missing.IsNotFound);
        Assert.Equal("NotFound", missing.Reason);
        Assert.Contains("nodes \"nobody\" not found", missing.Message, StringComparison.Ordinal);
        Assert.Equal("nobody", missing.Details!.Name);
        Assert.Null(await admin.FindAsync(Kinds.Nodes, "nobody"));

        var path = server.Plane.WriteClientCertificateKubeconfig("stranger");
        using var stranger = server.Client(access: ServerFixture.AccessOf(path));
        var refused = await Assert.ThrowsAsync<KubernetesException>(() => stranger.ListAsync(Kinds.Pods));
        Assert.True(refused.IsForbidden);
        Assert.Contains("User \"stranger\" cannot list resource \"pods\"", refused.Message, StringComparison.Ordinal);
        Assert.Equal(new AccessRight("list", "pods"), refused.Denied);

        var invalid = await Assert.ThrowsAsync<KubernetesException>(() => admin.CreateAsync(Kinds.Pods, new Pod { Metadata = new ObjectMeta { Name = "Bad_Name", Namespace = "default" } }));
        Assert.Equal(422, invalid.Code);
        Assert.Contains(invalid.Details!.Causes, cause => cause.Field == "metadata.name");
    }

    [ControlPlaneFact]
    public async Task What_admission_does_not_let_in_is_not_taken_for_a_right_that_is_lacking()
    {
        using var client = server.Client();
        var pod = Samples.Pod("default", "unadmitted");
        pod = pod with { Spec = pod.Spec with { PriorityClassName = "nobodys" } };

        var refused = await Assert.ThrowsAsync<KubernetesException>(() => client.CreateAsync(Kinds.Pods, pod));

        Assert.True(refused.IsForbidden);
        Assert.Contains("no PriorityClass with name nobodys was found", refused.Message, StringComparison.Ordinal);
        Assert.Null(refused.Denied);
    }

    [ControlPlaneFact]
    public async Task A_list_in_pages_has_every_object_once_and_an_expired_page_says_so()
    {
        using var client = server.Client(options => options with { PageSize = 7 });
        var scope = await client.NamespaceAsync("pages");
        await Task.WhenAll(Enumerable.Range(0, 25).Select(i => client.CreateAsync(Kinds.Pods, Samples.Pod(scope, $"p{i:00}", new Dictionary<string, string> { ["odd"] = $"{i % 2}" }))));

        var all = await client.ListAsync(Kinds.Pods, new ListOptions { Namespace = scope });
        Assert.Equal(Enumerable.Range(0, 25).Select(i => $"p{i:00}"), all.Items.Select(pod => pod.Metadata.Name));
        Assert.Equal(12, (await client.ListAsync(Kinds.Pods, new ListOptions { Namespace = scope, LabelSelector = "odd=1" })).Items.Count);
        Assert.Single((await client.ListAsync(Kinds.Pods, new ListOptions { Namespace = scope, FieldSelector = "metadata.name=p03" })).Items);

        var page = await client.ListPageAsync(Kinds.Pods, new ListOptions { Namespace = scope }, 10, null);
        Assert.Equal(10, page.Items.Count);
        await client.DeleteAsync(Kinds.Pods, new(scope, "p24"), new DeleteOptions { GracePeriodSeconds = 0 });
        await server.Plane.CompactEtcdAsync();
        var expired = await Assert.ThrowsAsync<KubernetesException>(() => client.ListPageAsync(Kinds.Pods, new ListOptions { Namespace = scope }, 10, page.Metadata.Continue));
        Assert.True(expired.IsExpired);
    }

    [ControlPlaneFact]
    public async Task Fields_that_the_model_does_not_name_survive_an_update_and_the_owners_of_fields_do_too()
    {
        using var client = server.Client();
        await server.Plane.Api.PostAsync("/api/v1/nodes", JsonNode.Parse("""{"metadata":{"name":"rmw"},"spec":{"podCIDR":"10.9.0.0/24","podCIDRs":["10.9.0.0/24"]}}""")!);

        await client.UpdateAsync(Kinds.Nodes, "rmw", node => node with { Spec = node.Spec with { Unschedulable = true } });

        var raw = await server.Plane.Api.GetAsync("/api/v1/nodes/rmw");
        Assert.Equal("10.9.0.0/24", (string?)raw["spec"]!["podCIDR"]);
        Assert.True((bool)raw["spec"]!["unschedulable"]!);
        Assert.Contains(raw["metadata"]!["managedFields"]!.AsArray(), entry => (string?)entry!["manager"] == "pipeline");
        Assert.True(raw["metadata"]!["managedFields"]!.AsArray().Count > 1);
    }

    [ControlPlaneFact]
    public async Task An_update_that_conflicts_reads_again_and_a_replace_does_not()
    {
        using var client = server.Client();
        var stale = await client.NodeAsync("conflict");
        var tries = 0;
        var updated = await client.UpdateAsync(Kinds.Nodes, "conflict", node =>
        {
            // Another writes between our read and our write, the first two times.
            if (tries++ < 2)
                server.Plane.Api.PatchAsync("/api/v1/nodes/conflict", new JsonObject { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["other"] = $"{tries}" } } }).Wait();
            return node with { Spec = node.Spec with { Unschedulable = true } };
        });

        Assert.Equal(3, tries);
        Assert.Equal("2", updated.Metadata.Labels["other"]);
        Assert.True(updated.Spec.Unschedulable);
        var conflict = await Assert.ThrowsAsync<KubernetesException>(() => client.ReplaceAsync(Kinds.Nodes, stale));
        Assert.True(conflict.IsConflict);
        Assert.Equal("Conflict", conflict.Reason);
    }

    [ControlPlaneFact]
    public async Task Merge_strategic_merge_and_status_patches_change_what_they_name()
    {
        using var client = server.Client();
        await client.NodeAsync("patched");
        var onStatus = new RequestOptions { Subresource = "status" };
        await client.PatchAsync(Kinds.Nodes, "patched", Patch.StrategicMerge(Condition("A")), onStatus);
        var both = await client.PatchAsync(Kinds.Nodes, "patched", Patch.StrategicMerge(Condition("B")), onStatus);
        Assert.Equal(["A", "B"], both.Status.Conditions.Select(condition => condition.Type).Order());
        var one = await client.PatchAsync(Kinds.Nodes, "patched", Patch.Merge(Condition("C")), onStatus);
        Assert.Equal("C", Assert.Single(one.Status.Conditions).Type);

        // Taints have no key to the server: a patch of either kind replaces them all.
        await client.PatchAsync(Kinds.Nodes, "patched", Patch.StrategicMerge(new() { ["spec"] = new JsonObject { ["taints"] = Taints("a") } }));
        var taints = await client.PatchAsync(Kinds.Nodes, "patched", Patch.StrategicMerge(new() { ["spec"] = new JsonObject { ["taints"] = Taints("b") } }));
        Assert.Equal("b", Assert.Single(taints.Spec.Taints).Key);

        var status = await client.PatchAsync(
            Kinds.Nodes, "patched", Patch.Merge(new() { ["status"] = new JsonObject { ["capacity"] = new JsonObject { ["nvidia.com/gpu"] = "8", ["memory"] = "1.5Ti" } } }), onStatus);
        Assert.Equal(8, status.Status.Capacity["nvidia.com/gpu"].Units);
        Assert.Equal(3L << 39, status.Status.Capacity["memory"].Units);

        var failed = await Assert.ThrowsAsync<KubernetesException>(() => client.PatchAsync(
            Kinds.Nodes, "patched", Patch.Operations([new JsonObject { ["op"] = "test", ["path"] = "/spec/taints/0/key", ["value"] = "z" }])));
        Assert.Equal(422, failed.Code);
    }

    [ControlPlaneFact]
    public async Task Server_side_apply_refuses_what_another_owns_until_forced()
    {
        using var ours = server.Client();
        using var theirs = server.Client(options => options with { FieldManager = "somebody" });
        await ours.NodeAsync("applied");
        await theirs.PatchAsync(Kinds.Nodes, "applied", Patch.Apply(Label("theirs"), force: false));

        var conflict = await Assert.ThrowsAsync<KubernetesException>(() => ours.PatchAsync(Kinds.Nodes, "applied", Patch.Apply(Label("ours"), force: false)));
        Assert.True(conflict.IsConflict);
        Assert.Contains("somebody", conflict.Message, StringComparison.Ordinal);

        var forced = await ours.PatchAsync(Kinds.Nodes, "applied", Patch.Apply(Label("ours"), force: true));
        Assert.Equal("ours", forced.Metadata.Labels["owner"]);

        static JsonObject Label(string value) => new()
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Node",
            ["metadata"] = new JsonObject { ["name"] = "applied", ["labels"] = new JsonObject { ["owner"] = value } },
        };
    }

    [ControlPlaneFact]
    public async Task An_object_is_applied_whole()
    {
        using var client = server.Client();
        var lease = new Lease { Metadata = new ObjectMeta { Name = "whole", Namespace = "default" }, Spec = new LeaseSpec { HolderIdentity = "a", LeaseDurationSeconds = 5 } };
        await client.ApplyAsync(Kinds.Leases, lease, force: false);
        var applied = await client.ApplyAsync(Kinds.Leases, lease with { Spec = lease.Spec with { HolderIdentity = "b" } }, force: false);
        Assert.Equal("b", applied.Spec.HolderIdentity);
    }

    [ControlPlaneFact]
    public async Task A_delete_of_another_than_was_meant_is_a_conflict_and_a_dry_run_deletes_nothing()
    {
        using var client = server.Client();
        var pod = await client.CreateAsync(Kinds.Pods, Samples.Pod("default", "doomed"));
        var conflict = await Assert.ThrowsAsync<KubernetesException>(
            () => client.DeleteAsync(Kinds.Pods, pod.FullName, new DeleteOptions { Preconditions = new Preconditions { Uid = "another" } }));
        Assert.True(conflict.IsConflict);
        await client.DeleteAsync(Kinds.Pods, pod.FullName, options: new RequestOptions { DryRun = true });
        Assert.NotNull(await client.FindAsync(Kinds.Pods, pod.FullName));
        await client.DeleteAsync(Kinds.Pods, pod.FullName, new DeleteOptions { GracePeriodSeconds = 0, Preconditions = new Preconditions { Uid = pod.Metadata.Uid } });
        Assert.Null(await client.FindAsync(Kinds.Pods, pod.FullName));
    }

    [ControlPlaneFact]
    public async Task Which_kinds_there_are_is_known_from_discovery()
    {
        using var client = server.Client();
        Assert.True(await client.ServesAsync(Kinds.Leases));
        Assert.False(await client.ServesAsync(Kinds.HyperNodes));
        // 1.20 has budgets in v1beta1 only.
        var budgets = await client.PodDisruptionBudgetsAsync();
        Assert.Equal("policy/v1beta1", budgets.ApiVersion);
        Assert.NotNull(await client.ListAsync(budgets));
    }

    [ControlPlaneFact]
    public async Task The_same_words_about_an_object_are_one_event_with_a_count()
    {
        using var client = server.Client();
        var node = await client.NodeAsync("told");
        var about = new ObjectReference { ApiVersion = "v1", Kind = "Node", Name = "told", Uid = node.Metadata.Uid };
        var first = await client.RecordAsync(about, "Warning", "Quarantined", new string('ü', 600));
        var second = await client.RecordAsync(about, "Warning", "Quarantined", new string('ü', 600));

        Assert.Equal(first.Metadata.Name, second.Metadata.Name);
        Assert.Equal(2, second.Count);
        Assert.Equal(new string('ü', 512), second.Message);
        await client.RecordAsync(about, "Normal", "Returned", "Healthy again.");
        var longest = new string('n', 235) + "." + new string('n', 17);
        Assert.Equal(longest, (await client.RecordAsync(about with { Name = longest }, "Normal", "Returned", "Healthy again.")).InvolvedObject.Name);
        Assert.Contains("Healthy again.", await server.Plane.KubectlAsync("get", "events", "--field-selector", "involvedObject.name=told"), StringComparison.Ordinal);
    }

    private static JsonObject Condition(string type)
        => new() { ["status"] = new JsonObject { ["conditions"] = new JsonArray(new JsonObject { ["type"] = type, ["status"] = "True" }) } };

    private static JsonArray Taints(string key) => [new JsonObject { ["key"] = key, ["effect"] = "NoSchedule" }];
}
