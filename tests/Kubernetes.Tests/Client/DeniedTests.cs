using System.Text.Json;
using Pipeline.Kubernetes.Models;
using Pipeline.Kubernetes.Tests.Support;

namespace Pipeline.Kubernetes.Tests.Client;

/// <summary>Which refusals are for want of a right.</summary>
public class DeniedTests
{
    private static readonly Pod SomePod = new() { Metadata = new ObjectMeta { Name = "p", Namespace = "n" } };

    [Theory]
    [InlineData("""pods is forbidden: User "system:serviceaccount:pipeline-system:pipeline" cannot create resource "pods" in API group "" in the namespace "n" """)]
    [InlineData("""pods "p" is forbidden: User "somebody" cannot create resource "pods" in API group "" in the namespace "n": RBAC: role.rbac.authorization.k8s.io "r" not found""")]
    [InlineData("""forbidden: User "system:anonymous" cannot post path "/api/v1/namespaces/n/pods" """)]
    public async Task What_the_authorizer_refuses_is_for_want_of_a_right(string message)
    {
        var (refusal, told) = await RefusalAsync(message);
        Assert.Equal(new AccessRight("create", "pods"), refusal.Denied);
        Assert.Same(refusal, told);
    }

    [Theory]
    [InlineData("""pods "p" is forbidden: exceeded quota: few, requested: pods=1, used: pods=3, limited: pods=3""")]
    [InlineData("""pods "p" is forbidden: violates PodSecurity "restricted:latest": privileged (container "action" must not set securityContext.privileged=true)""")]
    [InlineData("""pods "p" is forbidden: maximum cpu usage per Container is 1, but limit is 2""")]
    [InlineData("""admission webhook "policy.example" denied the request: no privileged pods""")]
    [InlineData("""admission webhook "policy.example" denied the request: pods is forbidden: User "somebody" cannot create resource "pods" in API group "" """)]
    [InlineData("""nodes "a" is forbidden: node "b" is not allowed to modify node "a" """)]
    [InlineData("no")]
    public async Task What_admission_refuses_is_no_question_of_rights(string message)
    {
        var (refusal, told) = await RefusalAsync(message);
        Assert.True(refusal.IsForbidden);
        Assert.Contains(message.Trim(), refusal.Message, StringComparison.Ordinal);
        Assert.Null(refusal.Denied);
        Assert.Null(told);
    }

    private static async Task<(KubernetesException Refusal, KubernetesException? Told)> RefusalAsync(string message)
    {
        await using var server = await ApiDouble.StartAsync((context, _) => context.StatusAsync(403, "Forbidden", JsonEncodedText.Encode(message.Trim()).ToString()));
        using var client = server.Client();
        KubernetesException? told = null;
        client.Denied += refusal => told = refusal;
        return (await Assert.ThrowsAsync<KubernetesException>(() => client.CreateAsync(Kinds.Pods, SomePod)), told);
    }
}
