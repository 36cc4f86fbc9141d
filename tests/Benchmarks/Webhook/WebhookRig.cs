using Pipeline.Benchmarks.Framework;

namespace Pipeline.Benchmarks.Webhook;

/// <summary>The product and the bare endpoint, each in a process of its own, with connections to both.</summary>
internal sealed class WebhookRig : IAsyncDisposable
{
    public const int Nodes = 10_000;
    public const int Concurrency = 32;

    // Both processes recompile what is hot, twice, a while after it has become so.
    private const int Warmups = 50;
    private static readonly TimeSpan WarmupTime = TimeSpan.FromSeconds(15);

    private readonly Scratch _scratch = new();
    private int _number = 1;

    private WebhookRig(TimeProvider time) => Time = time;

    public TimeProvider Time { get; }

    public Clients Bare { get; private set; } = null!;

    /// <summary>The bare endpoint with fdatasync.</summary>
    public Clients Durable { get; private set; } = null!;

    public Clients Webhook { get; private set; } = null!;

    private Product Product { get; set; } = null!;

    private BareEndpoint Endpoint { get; set; } = null!;

    private BareEndpoint DurableEndpoint { get; set; } = null!;

    public static async Task<WebhookRig> StartAsync(TimeProvider time)
    {
        var rig = new WebhookRig(time);
        rig.Endpoint = await BareEndpoint.StartAsync(rig._scratch.Sub("bare"), durable: false, time);
        rig.DurableEndpoint = await BareEndpoint.StartAsync(rig._scratch.Sub("durable"), durable: true, time);
        rig.Product = new Product(rig._scratch.Sub("product"), Nodes,
            ("Grafana__HmacSecret", GrafanaRequest.Secret), ("Playbooks__Directory", Playbooks.WithoutGuard(rig._scratch.Sub("playbooks"))));
        await rig.Product.WaitUntilReadyAsync(time);
        rig.Bare = new Clients(rig.Endpoint.Port, Concurrency);
        rig.Durable = new Clients(rig.DurableEndpoint.Port, 1);
        rig.Webhook = new Clients(rig.Product.Port, Concurrency);
        await rig.WarmUpAsync(rig.Bare);
        await rig.WarmUpAsync(rig.Durable);
        await rig.WarmUpAsync(rig.Webhook);
        return rig;
    }

    /// <param name="alert">Number of the alert and of its node for a number that counts up.</param>
    public byte[][] Prepare(int count, Func<int, (int Alert, int Node)> alert)
    {
        var requests = new byte[count][];
        foreach (ref var request in requests.AsSpan())
        {
            var (number, node) = alert(++_number);
            request = GrafanaRequest.Of(number, NodeOf(node));
        }
        return requests;
    }

    /// <summary>Waits until nothing changes any more.</summary>
    public Task SettleAsync() => Product.SettleAsync(Time);

    /// <exception cref="InvalidOperationException">The node of the request prepared last is still scheduled.</exception>
    public async Task CheckQuarantinedAsync()
    {
        var node = await Product.GetAsync($"/api/nodes/{NodeOf(_number)}");
        if (!node.Contains("uarantined", StringComparison.Ordinal))
            throw new InvalidOperationException($"The node is not quarantined after the 202: {node}");
    }

    public ValueTask DisposeAsync()
    {
        Bare.Dispose();
        Durable.Dispose();
        Webhook.Dispose();
        Product.Dispose();
        Endpoint.Dispose();
        DurableEndpoint.Dispose();
        _scratch.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task WarmUpAsync(Clients clients)
    {
        for (var started = Time.GetTimestamp(); Time.GetElapsedTime(started) < WarmupTime;)
        {
            await clients.AllAsync(new Crowd(Time), Prepare(Concurrency * Warmups, _ => (1, 1)));
            await clients.AloneAsync(new Gauge(Time), Prepare(Warmups, _ => (1, 1)));
        }
    }

    private static string NodeOf(int number) => $"gpu-{number % Nodes + 1:0000}";
}
