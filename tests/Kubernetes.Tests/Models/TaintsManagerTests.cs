using System.Text.Json;
using Pipeline.Kubernetes.Json;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Kubernetes.Tests.Models;

public class TaintsManagerTests
{
    private const string Kubelet = """{"manager":"kubelet","operation":"Update","fieldsV1":{"f:metadata":{"f:taints":{}},"f:status":{"f:x":[{"f:spec":{"f:taints":{}}}]}},"subresource":"status"}""";
    private const string Spec = """{"f:metadata":{"f:annotations":{".":{}}},"f:spec":{"f:unschedulable":{},"f:taints":{}}}""";

    [Theory]
    [InlineData("kubectl-taint", Kubelet, """{"manager":"kubectl-taint","fieldsV1":""" + Spec + "}")]
    [InlineData("kubectl-taint", """{"fieldsV1":""" + Spec + ""","fieldsType":"FieldsV1","manager":"kubectl-taint"}""", Kubelet)]
    [InlineData(null, Kubelet, """{"manager":"pipeline","fieldsV1":{"f:spec":{"f:unschedulable":{}}}}""")]
    [InlineData(null, """{"fieldsV1":""" + Spec + "}", """{"manager":[1],"fieldsV1":""" + Spec + "}")]
    [InlineData(null, """[{"f:spec":1}]""", """{"manager":"a","fieldsV1":{"f:spec":"f:taints"}}""")]
    [InlineData(null, "1", "null")]
    public void Who_owns_the_list_of_taints_wrote_it_last(string? manager, string one, string other)
    {
        Assert.Equal(manager, Read($"[{one},{other}]").Metadata.TaintsManager);
        Assert.Equal("n", Read($"[{one},{other}]").Metadata.Name);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"manager":"a"}""")]
    [InlineData("7")]
    public void What_is_no_list_of_managers_names_none(string fields)
        => Assert.Equal((null, "n"), Read(fields).Metadata is var metadata ? (metadata.TaintsManager, metadata.Name) : default);

    private static Node Read(string fields)
        => JsonSerializer.Deserialize($$"""{"metadata":{"managedFields":{{fields}},"name":"n"} }""", KubernetesJson.Options.TypeInfo<Node>())!;
}
