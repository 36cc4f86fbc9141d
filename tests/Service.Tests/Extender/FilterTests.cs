using System.Net;
using Pipeline.Contracts.V1;
using Pipeline.Hotpath.Extender;
using Pipeline.Hotpath.Tests.Support;
using static Pipeline.Hotpath.Tests.Extender.ExtenderCalls;

namespace Pipeline.Hotpath.Tests.Extender;

public sealed class FilterTests : IAsyncLifetime
{
    private ServiceWorld _world = null!;

    public async Task InitializeAsync() => _world = await ServiceWorld.StartAsync(new FakeCluster().WithNodes("n1", "n2", "n3"));

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task Of_the_names_sent_the_engines_choice_comes_back_alone()
    {
        Assert.Equal(
            """{"Nodes":null,"NodeNames":["n2"],"FailedNodes":{},"FailedAndUnresolvableNodes":{},"Error":""}""",
            await _world.FilterAsync(Pod("a"), "n2", "n3"));
        Assert.Equal(1, _world.Service.Loop.Snapshot.WorkloadCount);
    }

    [Fact]
    public async Task A_pod_that_is_tried_again_has_its_node_and_moves_when_that_is_not_sent()
    {
        await _world.FilterAsync(Pod("a"), "n2", "n3");
        Assert.Contains("\"NodeNames\":[\"n2\"]", await _world.FilterAsync(Pod("a"), "n1", "n2", "n3"));
        Assert.Contains("\"NodeNames\":[\"n3\"]", await _world.FilterAsync(Pod("a"), "n3"));
        Assert.Equal(1, _world.Service.Loop.Snapshot.WorkloadCount);
    }

    [Fact]
    public async Task Nodes_come_back_byte_for_byte_when_whole_nodes_were_sent()
    {
        const string Second = """{ "kind":"Node",  "metadata":{"labels":{"name":"x"},"name":"n2","x":[1, 2]}, "status":{"a":1.50,"é":"é"} }""";
        var body = $$$"""{"Pod":{{{Pod("a")}}},"Nodes":{"metadata":{},"items":[{"metadata":{"name":"unknown"}},{{{Second}}}]},"NodeNames":null}""";
        Assert.Equal(
            $$$"""{"NodeNames":null,"Nodes":{"metadata":{},"items":[{{{Second}}}]},"FailedNodes":{},"FailedAndUnresolvableNodes":{},"Error":""}""",
            await _world.Http.CallAsync("filter", body));
    }

    [Fact]
    public async Task A_pod_without_a_managed_resource_passes_untouched()
    {
        Assert.Equal(
            """{"Nodes":null,"NodeNames":["n9","n1"],"FailedNodes":null,"FailedAndUnresolvableNodes":null,"Error":""}""",
            await _world.FilterAsync(Pod("a", resource: "example.com/fpga"), "n9", "n1"));
        Assert.Equal(0, _world.Service.Loop.Snapshot.WorkloadCount);
    }

    [Fact]
    public async Task What_others_could_make_room_for_has_failed_and_what_nobody_could_has_for_good()
    {
        await _world.Http.CallAsync("filter", Args(Pod("big", gpus: 8), "n1"));
        Assert.Equal(
            """{"Nodes":null,"NodeNames":[],"FailedNodes":{"n1":"too few free GPUs"},"FailedAndUnresolvableNodes":{"gone":"not known yet"},"Error":""}""",
            await _world.FilterAsync(Pod("a", gpus: 4), "n1", "gone"));
        Assert.Equal(
            """{"Nodes":null,"NodeNames":[],"FailedNodes":{},"FailedAndUnresolvableNodes":{"n1":"too small","n2":"too small"},"Error":""}""",
            await _world.FilterAsync(Pod("b", gpus: 16), "n1", "n2"));
        Assert.Contains(
            "{\"n1\":\"there is no machine group \\u0027b200\\u0027\"}",
            await _world.FilterAsync(Pod("c", selector: "\"pipeline.gpu/group\":\"b200\""), "n1"));
        Assert.Contains(
            "{\"n1\":\"there is no machine profile \\u0027h100-2\\u0027; the policy has none\"}",
            await _world.FilterAsync(Pod("d", labels: "\"pipeline.gpu/profile\":\"h100-2\""), "n1"));
    }

    [Fact]
    public async Task A_node_with_all_the_pods_that_it_may_have_has_failed_in_kube_schedulers_words()
    {
        var cluster = new FakeCluster();
        cluster.Nodes.AddRange([FakeCluster.Node("one") with { MaxWorkloads = 1 }, FakeCluster.Node("none") with { MaxWorkloads = 0 }]);
        await using var world = await ServiceWorld.StartAsync(cluster);
        Assert.Contains("\"NodeNames\":[\"one\"]", await world.FilterAsync(Pod("a"), "one", "none"));
        Assert.Equal(
            """{"Nodes":null,"NodeNames":[],"FailedNodes":{"one":"Too many pods"},"FailedAndUnresolvableNodes":{"none":"too small"},"Error":""}""",
            await world.FilterAsync(Pod("b"), "one", "none"));
    }

    [Fact]
    public async Task Concurrent_calls_never_give_a_GPU_twice()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(pod => _world.FilterAsync(Pod($"p{pod}"), "n1", "n2", "n3")));
        Assert.Equal(24, answers.Count(answer => !answer.Contains("\"NodeNames\":[]", StringComparison.Ordinal)));
        Assert.All(_world.Service.Loop.Snapshot.Nodes(), node => Assert.Equal(0, node.FreeGpuCount));
    }

    [Fact]
    public async Task The_preferred_node_is_the_one_that_the_engine_chose()
    {
        Assert.Equal("""[{"Host":"n1","Score":10},{"Host":"n2","Score":0}]""", await _world.Http.CallAsync("prioritize", Args(Pod("a"), "n1", "n2")));
        Assert.Equal("""[{"Host":"n1","Score":10}]""", await _world.Http.CallAsync("prioritize", Args(Pod("a"), "n1")));
        Assert.Equal("""[{"Host":"n2","Score":0}]""", await _world.Http.CallAsync("prioritize", Args(Pod("b", gpus: 16), "n2")));
        Assert.Equal("""[{"Host":"n2","Score":0}]""", await _world.Http.CallAsync("prioritize", Args(Pod("c", resource: "example.com/fpga"), "n2")));
    }

    [Fact]
    public async Task What_the_policy_refuses_is_said_of_every_node()
    {
        await _world.Service.Scheduler.SetSchedulingPolicyAsync(new SetSchedulingPolicyRequest { Policy = new SchedulingPolicy { Projects = { new Project { Name = "known", Workspace = "ws" } } } });
        Assert.Contains(
            "\"FailedAndUnresolvableNodes\":{\"n1\":\"Project: the policy has no project", await _world.FilterAsync(Pod("a"), "n1"));
    }

    [Theory]
    [InlineData("filter", "", "body: no valid JSON")]
    [InlineData("filter", "[]", "body: must be an object")]
    [InlineData("filter", "{", "body: no valid JSON")]
    [InlineData("filter", """{"NodeNames":["n1"]}""", "Pod: must be present")]
    [InlineData("filter", """{"Pod":null,"NodeNames":["n1"]}""", "Pod: must be present")]
    [InlineData("filter", """{"Pod":7,"NodeNames":["n1"]}""", "Pod: must be an object")]
    [InlineData("filter", """{"Pod":{"metadata":{"name":"p"}},"NodeNames":["n1"]}""", "Pod.metadata.uid: must be present")]
    [InlineData("filter", """{"Pod":{"metadata":{"uid":"u"},"spec":{"containers":7}},"NodeNames":["n1"]}""", "Pod.spec.containers: is not what")]
    [InlineData("filter", """{"Pod":{"metadata":{"uid":"u"}}}""", "NodeNames: must be present, or Nodes")]
    [InlineData("filter", """{"Pod":{"metadata":{"uid":"u"}},"NodeNames":[],"Nodes":{"items":[]}}""", "NodeNames: is given beside Nodes")]
    [InlineData("filter", """{"Pod":{"metadata":{"uid":"u"}},"NodeNames":"n1"}""", "NodeNames: must be an array")]
    [InlineData("prioritize", """{"Pod":{"metadata":{"uid":"u"}},"NodeNames":["n1",7]}""", "NodeNames[1]: must be the name of a node")]
    [InlineData("filter", """{"Pod":{"metadata":{"uid":"u"}},"NodeNames":["a\nb"]}""", "NodeNames[0]: must be the name of a node")]
    [InlineData("filter", """{"Pod":{"metadata":{"uid":"u"}},"NodeNames":["n1","\uD800"]}""", "NodeNames[1]: must be the name of a node")]
    [InlineData("filter", """{"Pod":{"metadata":{"uid":"\uD800"}},"NodeNames":["n1"]}""", "Pod.metadata.uid: is not what")]
    [InlineData("filter", """{"Pod":{"metadata":{"uid":"u"}},"Nodes":{"items":[{"metadata":{}}]}}""", "Nodes.items[0].metadata.name: must be present")]
    [InlineData("bind", """{"PodName":"p","Node":"n"}""", "PodUID: must be present")]
    [InlineData("bind", """{"PodUID":7,"Node":"n"}""", "PodUID: must be a string")]
    [InlineData("bind", """{"PodUID":"\uD800","Node":"n"}""", "PodUID: has half a character")]
    [InlineData("bind", """{"PodUID":"u"}""", "Node: must be present")]
    [InlineData("preempt", """{"NodeNameToMetaVictims":{}}""", "Pod: must be present")]
    [InlineData("preempt", """{"Pod":{"metadata":{"uid":"u"}}}""", "NodeNameToMetaVictims: must be present, or NodeNameToVictims")]
    public async Task What_is_not_of_the_contract_is_refused_with_the_name_of_the_field(string verb, string body, string problem)
        => Assert.StartsWith(problem, await _world.Http.CallAsync(verb, body, HttpStatusCode.BadRequest));

    [Fact]
    public async Task A_body_that_is_too_large_is_refused()
    {
        await using var small = await ServiceWorld.StartAsync(extender: new ExtenderOptions { MaxBodyBytes = 64 << 10 });
        var names = Enumerable.Range(0, 10_000).Select(node => $"node-{node}").ToArray();
        await small.Http.CallAsync("filter", Args(Pod("a"), names), HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task Five_thousand_names_are_answered_and_calls_are_counted_by_verb_and_result()
    {
        var names = Enumerable.Range(0, 4_999).Select(node => $"gpu-node-{node:00000}.cluster.example").Append("n3").ToArray();
        Assert.Contains("\"NodeNames\":[\"n3\"]", await _world.FilterAsync(Pod("a"), names));
        await _world.Http.CallAsync("filter", "{}", HttpStatusCode.BadRequest);
        var metrics = await _world.Http.GetStringAsync("/metrics");
        Assert.Contains("pipeline_extender_calls_total{verb=\"filter\",result=\"Done\"}", metrics);
        Assert.Contains("pipeline_extender_calls_total{verb=\"filter\",result=\"BadRequest\"}", metrics);
        Assert.Contains("pipeline_extender_seconds_bucket{verb=\"filter\"", metrics);
        Assert.Contains("pipeline_extender_unknown_nodes_total 4999", metrics);
    }

    [Theory]
    [InlineData(0, "MaxBodyBytes")]
    [InlineData(1 << 20, "ManagedResources")]
    public void Options_out_of_range_are_refused_by_name(int bytes, string name)
    {
        var options = new ExtenderOptions { MaxBodyBytes = bytes, ManagedResources = bytes > 0 ? [" "] : null };
        Assert.Contains(name, Assert.Throws<System.ComponentModel.DataAnnotations.ValidationException>(options.Validate).Message);
    }
}
