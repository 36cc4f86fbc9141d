using Pipeline.Kubernetes.Transport;

namespace Pipeline.Kubernetes.Tests;

public class AccessRightTests
{
    [Theory]
    [InlineData("GET", "/api/v1/nodes?limit=500", "list", "nodes")]
    [InlineData("GET", "/api/v1/nodes?watch=true&resourceVersion=7", "watch", "nodes")]
    [InlineData("GET", "/api/v1/nodes/gpu-0001", "get", "nodes")]
    [InlineData("PATCH", "/api/v1/nodes/gpu-0001?fieldManager=pipeline", "patch", "nodes")]
    [InlineData("POST", "/api/v1/namespaces/a/pods/p/eviction", "create", "pods/eviction")]
    [InlineData("PATCH", "/api/v1/namespaces/a/pods/p/status", "patch", "pods/status")]
    [InlineData("POST", "/api/v1/namespaces/a/events", "create", "events")]
    [InlineData("GET", "/api/v1/namespaces/a", "get", "namespaces")]
    [InlineData("PUT", "/apis/coordination.k8s.io/v1/namespaces/a/leases/pipeline", "update", "leases.coordination.k8s.io")]
    [InlineData("DELETE", "/apis/pipeline.gpu/v1alpha1/noderepairs/r-1", "delete", "noderepairs.pipeline.gpu")]
    [InlineData("PATCH", "/apis/pipeline.gpu/v1alpha1/noderepairs/r-1/status", "patch", "noderepairs.pipeline.gpu/status")]
    [InlineData("GET", "/apis/policy/v1", "get", "/apis/policy/v1")]
    [InlineData("GET", "/version", "get", "/version")]
    public void A_request_needs_the_right_that_RBAC_names_so(string method, string path, string verb, string resource)
        => Assert.Equal(new AccessRight(verb, resource), AccessRight.Of(new ApiRequest(new HttpMethod(method), path)));
}
