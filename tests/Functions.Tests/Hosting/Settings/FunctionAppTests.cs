using Pipeline.Functions.Hosting;
using Pipeline.Functions.Hosting.Settings;

namespace Pipeline.Functions.Tests.Hosting.Settings;

public sealed class FunctionAppTests
{
    private const string Queue = """{"bindings":[{"type":"queueTrigger","name":"m","queueName":"steps"}]}""";

    [Theory]
    [InlineData("""{"version":"1.0"}""", "host.json: version must be \"2.0\"")]
    [InlineData("""{""", "host.json: is not JSON")]
    [InlineData("""[]""", "host.json: must be a JSON object")]
    [InlineData("""{"version":"2.0","extensions":{"queues":{"batchSize":33}}}""", "host.json: extensions.queues.batchSize must be a whole number from 1 to 32, but is 33")]
    [InlineData("""{"version":"2.0","extensions":{"queues":{"batchSize":0}}}""", "batchSize")]
    [InlineData("""{"version":"2.0","extensions":{"queues":{"newBatchThreshold":-1}}}""", "newBatchThreshold")]
    [InlineData("""{"version":"2.0","extensions":{"queues":{"maxDequeueCount":"5"}}}""", "maxDequeueCount")]
    [InlineData("""{"version":"2.0","extensions":{"queues":{"visibilityTimeout":"2 s"}}}""", "visibilityTimeout must be a time 'hh:mm:ss'")]
    [InlineData("""{"version":"2.0","extensions":{"queues":{"maxPollingInterval":"00:00:00"}}}""", "maxPollingInterval")]
    [InlineData("""{"version":"2.0","extensions":{"queues":[]}}""", "extensions.queues must be an object")]
    [InlineData("""{"version":"2.0","functionTimeout":"-2"}""", "functionTimeout")]
    public void A_bad_host_json_is_named_by_field(string json, string named)
    {
        using var root = new AppRoot().WriteHost(json).Add("Steps", Queue);
        AssertRefused(root.Path, named);
    }

    [Theory]
    [InlineData("""{"bindings":[{"type":"timerTrigger","schedule":"*/2 * * * *"}]}""", "Nightly/function.json: bindings[0].schedule is '*/2 * * * *', which has 5 fields")]
    [InlineData("""{"bindings":[{"type":"timerTrigger","schedule":"00:00:30"}]}""", "which has 1 fields")]
    [InlineData("""{"bindings":[{"type":"timerTrigger","schedule":"0 0 25 * * *"}]}""", "is no NCRONTAB expression")]
    [InlineData("""{"bindings":[{"type":"timerTrigger","schedule":"0 0 0 30 2 *"}]}""", "never occurs")]
    [InlineData("""{"bindings":[{"type":"timerTrigger"}]}""", "bindings[0].schedule must be a text")]
    [InlineData("""{"bindings":[{"type":"timerTrigger","schedule":"0 0 3 * * *","runOnStartup":"yes"}]}""", "runOnStartup must be true or false")]
    [InlineData("""{"bindings":[{"type":"queueTrigger","queueName":"%QUEUE%"}]}""", "bindings[0].queueName '%QUEUE%' may hold only")]
    [InlineData("""{"bindings":[{"type":"blobTrigger"}]}""", "blobTrigger")]
    [InlineData("""{"bindings":[]}""", "exactly one trigger, but hold 0")]
    [InlineData("""{"bindings":[{"type":"httpTrigger"},{"type":"httpTrigger"}]}""", "exactly one trigger, but hold 2")]
    [InlineData("""{"bindings":[3]}""", "bindings[0] must be an object")]
    [InlineData("""{}""", "bindings must be an array")]
    [InlineData("""nothing""", "Nightly/function.json: is not JSON")]
    public void A_bad_function_json_is_named_by_field(string json, string named)
    {
        using var root = new AppRoot().Add("Nightly", json);
        AssertRefused(root.Path, named);
    }

    [Fact]
    public void Functions_and_handlers_must_match_one_to_one()
    {
        using var root = new AppRoot().Add("Lonely", Queue).AddTimer("Mixed", "0 0 3 * * *").Add("Web", """{"bindings":[{"type":"httpTrigger"}]}""");
        Assert.Equal(["Lonely/function.json", "Mixed/function.json"], Unmatched(new FunctionRegistry()).Select(e => e.Split(':')[0]));
        Assert.Contains("no queue handler", Unmatched(new FunctionRegistry())[0], StringComparison.Ordinal);
        Assert.Contains("Mixed/function.json: no timer handler", Assert.Single(Unmatched(Handlers(queue: "Lonely").AddQueue("Mixed", Never))), StringComparison.Ordinal);
        Assert.Contains(Unmatched(Handlers(queue: "Lonely").AddTimer("Missing", (_, _, _) => Task.CompletedTask)), e => e.StartsWith("Missing/function.json: not found", StringComparison.Ordinal));
        FunctionApp.Load(root.Path).Match(Handlers(queue: "Lonely").AddTimer("Mixed", (_, _, _) => Task.CompletedTask));
        Assert.Throws<ArgumentException>(() => Handlers(queue: "Twice").AddTimer("Twice", (_, _, _) => Task.CompletedTask));

        IReadOnlyList<string> Unmatched(FunctionRegistry registry) => Assert.Throws<FunctionAppException>(() => FunctionApp.Load(root.Path).Match(registry)).Errors;
    }

    [Fact]
    public void A_root_without_host_json_is_refused() => AssertRefused(Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N")), "host.json: not found");

    [Fact]
    public void Settings_and_triggers_are_read_and_what_is_absent_has_the_defaults_of_azure_functions()
    {
        using var root = new AppRoot()
            .WriteHost("""
            {
              // as operators write it
              "version": "2.0", "other": {"x": 1}, "functionTimeout": "-1",
              "extensions": {"queues": {"batchSize": 4, "visibilityTimeout": "00:00:02"}},
            }
            """)
            .Add("Steps", Queue)
            .AddTimer("Often", "*/2 * * * * *")
            .AddTimer("Nightly", "0 0 3 * * *")
            .Add("Off", """{"disabled":true,"bindings":[{"type":"queueTrigger","queueName":"off"}]}""");
        var registry = Handlers(queue: "Steps").AddQueue("Off", Never);
        registry.AddTimer("Often", (_, _, _) => Task.CompletedTask).AddTimer("Nightly", (_, _, _) => Task.CompletedTask);
        var app = FunctionApp.Load(root.Path);
        app.Match(registry);
        Assert.Equal(Timeout.InfiniteTimeSpan, app.Host.FunctionTimeout);
        Assert.Equal(new QueueSettings { BatchSize = 4, NewBatchThreshold = 2, VisibilityTimeout = TimeSpan.FromSeconds(2) }, app.Host.Queues);
        Assert.Equal(6, app.Host.Queues.MaxRunning);
        Assert.Equal(["Nightly", "Off", "Often", "Steps"], app.Functions.Select(f => f.Name));
        Assert.True(Assert.IsType<Trigger.Timer>(app.Functions[0].Trigger).Monitored);
        Assert.True(app.Functions[1].Disabled);
        Assert.False(Assert.IsType<Trigger.Timer>(app.Functions[2].Trigger).Monitored);
        Assert.Equal("steps", Assert.IsType<Trigger.Queue>(app.Functions[3].Trigger).Name);
    }

    [Fact]
    public void The_shipped_host_json_and_functions_are_valid()
    {
        var errors = new List<string>();
        foreach (var name in new[] { "RepairStep", "Sweep" })
            Assert.NotNull(FunctionDefinition.Read(Path.Combine(AppContext.BaseDirectory, name, "function.json"), errors));
        var settings = HostSettings.Read(AppContext.BaseDirectory, errors);
        Assert.Empty(errors);
        Assert.Equal(5, settings.Queues.MaxDequeueCount);
    }

    private static FunctionRegistry Handlers(string queue) => new FunctionRegistry().AddQueue(queue, Never);

    private static Task Never(TriggerContext context, string message, CancellationToken cancellation) => Task.CompletedTask;

    private static void AssertRefused(string root, string named) =>
        Assert.Contains(Assert.Throws<FunctionAppException>(() => FunctionApp.Load(root)).Errors, e => e.Contains(named, StringComparison.Ordinal));
}
