using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Kubernetes.Json;
using Pipeline.Kubernetes.Models;

namespace Pipeline.Kubernetes.Tests.Models;

public class ReadModifyWriteTests
{
    private const string NodeJson = """
        {"apiVersion":"v1","kind":"Node","metadata":{"name":"n1","uid":"u1","resourceVersion":"7","creationTimestamp":"2026-01-02T03:04:05Z",
         "labels":{"a":"b"},"selfLink":"/x","managedFields":[{"manager":"kubelet","fieldsV1":{"f:spec":{}}}]},
         "spec":{"podCIDR":"10.0.0.0/24","taints":[{"key":"k","effect":"NoSchedule","futureField":[1,2,{"x":null}]}]},
         "status":{"capacity":{"cpu":"8","memory":"32Gi","nvidia.com/gpu":"8"},"conditions":[{"type":"Ready","status":"True","x":1}],
                   "nodeInfo":{"kernelVersion":"6.1"},"images":[{"names":["a"],"sizeBytes":5}]},
         "future":{"deep":["a"]}}
        """;

    [Fact]
    public void Fields_that_no_model_names_survive_a_change_of_those_that_one_names()
    {
        var node = Read(NodeJson);
        var changed = node with { Spec = node.Spec with { Unschedulable = true } };

        var expected = JsonNode.Parse(NodeJson)!;
        expected["spec"]!["unschedulable"] = true;
        expected["metadata"]!.AsObject().Remove("managedFields");
        Assert.True(JsonNode.DeepEquals(expected, JsonSerializer.SerializeToNode(changed, KubernetesJson.Options.TypeInfo<Node>())));
    }

    [Fact]
    public void What_is_null_or_absent_reads_as_empty_and_what_is_empty_is_not_written()
    {
        var node = Read("""{"metadata":{"name":"n","labels":null},"spec":null,"status":{"conditions":null}}""");

        Assert.Empty(node.Metadata.Labels);
        Assert.Empty(node.Metadata.Annotations);
        Assert.Empty(node.Spec.Taints);
        Assert.Empty(node.Status.Conditions);
        Assert.Empty(node.Status.Capacity);
        Assert.Equal(
            """{"spec":{"unschedulable":false},"status":{},"metadata":{"name":"n","uid":""}}""",
            JsonSerializer.Serialize(node, KubernetesJson.Options.TypeInfo<Node>()));
    }

    private static Node Read(string json) => JsonSerializer.Deserialize(json, KubernetesJson.Options.TypeInfo<Node>())!;
}
