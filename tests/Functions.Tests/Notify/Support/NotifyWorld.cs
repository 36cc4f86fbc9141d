using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pipeline.Contracts;
using Pipeline.Contracts.V1;
using Pipeline.Functions.Composition;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Notify;
using Pipeline.TestDoubles.Jira;
using Pipeline.TestDoubles.Slack;

namespace Pipeline.Functions.Tests.Notify.Support;

/// <summary>The handler as the product registers it, between an engine in memory and doubles of Slack and Jira.</summary>
internal sealed class NotifyWorld : IAsyncDisposable
{
    private readonly List<ServiceProvider> _processes = [];
    private readonly Dictionary<string, string?> _settings = [];
    private NotifyHandler _handler = null!;

    private NotifyWorld()
    {
        Clock = new ManualClock();
        Repair = new MemoryRepairApi(Clock);
        Queue = new MemoryQueue(Clock);
    }

    public ManualClock Clock { get; }

    public MemoryRepairApi Repair { get; }

    public MemoryQueue Queue { get; }

    public LogCapture Log { get; } = new();

    public SlackDouble Slack { get; private set; } = null!;

    public JiraDouble Jira { get; private set; } = null!;

    public static async Task<NotifyWorld> StartAsync(bool slack = false, bool jira = false, params (string Name, string Value)[] settings)
    {
        var world = new NotifyWorld { Slack = await SlackDouble.StartAsync(), Jira = await JiraDouble.StartAsync() };
        if (slack)
        {
            world._settings["Slack:ApiBaseUrl"] = world.Slack.ApiBaseUrl;
            world._settings["Slack:BotToken"] = world.Slack.Token;
            world._settings["Slack:Channel"] = SlackDouble.ChannelName;
            world._settings["Slack:PostIntervalMilliseconds"] = "0";
        }

        if (jira)
        {
            world._settings["Jira:BaseUrl"] = world.Jira.BaseUrl;
            world._settings["Jira:User"] = JiraDouble.User;
            world._settings["Jira:ApiToken"] = world.Jira.ApiToken;
            world._settings["Jira:ProjectKey"] = JiraDouble.ProjectKey;
        }

        foreach (var (name, value) in settings)
            world._settings[name] = value;
        world.Restart();
        return world;
    }

    /// <summary>A new process: nothing survives but the engine, the queue and the services.</summary>
    public void Restart() => _handler = NewProcess();

    /// <summary>One more process beside the others.</summary>
    public NotifyHandler NewProcess()
    {
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(Log));
        services.AddSingleton<TimeProvider>(Clock);
        services.AddSingleton<IRepairApi>(Repair);
        services.AddSingleton<IQueueSender>(Queue);
        services.AddNotify(new ConfigurationBuilder().AddInMemoryCollection(_settings).Build().ReadNotify());
        var process = services.BuildServiceProvider();
        _processes.Add(process);
        return process.GetRequiredService<NotifyHandler>();
    }

    public void Set(string name, string value) => _settings[name] = value;

    /// <summary>The engine has something new: the wake-up arrives at once.</summary>
    public Task TellAsync(Run run)
    {
        Repair.Put(run);
        return _handler.HandleAsync($$"""{"run":"{{run.Id}}"}""");
    }

    /// <summary>Waits as long as the first queued message asks for, then delivers it.</summary>
    public async Task<QueuedMessage> DeliverAsync()
    {
        var message = Queue.Take();
        var wait = message.Due - Queue.Now;
        if (wait > TimeSpan.Zero)
            Clock.Advance(wait);
        await _handler.HandleAsync(message.Text);
        return message;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
            await process.DisposeAsync();
        await Slack.DisposeAsync();
        await Jira.DisposeAsync();
    }
}
