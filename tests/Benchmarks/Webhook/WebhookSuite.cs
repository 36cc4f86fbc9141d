using Pipeline.Benchmarks.Framework;

namespace Pipeline.Benchmarks.Webhook;

/// <summary>From a received notification to a durable fault and a quarantined node.</summary>
internal sealed class WebhookSuite : ISuite
{
    private const int Nodes = 10_000;
    private const int Rounds = 20;
    private const int AloneEach = 50;
    private const int Concurrency = 32;
    private const int PerClient = 10;

    private readonly TimeProvider _time = TimeProvider.System;
    private int _number;

    public string Name => "webhook";

    public string About => "A signed 1.8 KB notification to its 202, durable and quarantined, against a bare endpoint and fdatasync";

    public string Sizes => $"{Nodes} simulated nodes, storm guard off; concurrency 1 and {Concurrency}";

    public async Task RunAsync(Report report)
    {
        using var scratch = new Scratch();
        using var disk = new DiskSync(scratch.Sub("disk"));
        using var bare = await BareEndpoint.StartAsync(scratch.Sub("bare"), _time);
        using var product = StartProduct(scratch);
        await product.WaitUntilReadyAsync(_time);
        using var toBare = new Clients(bare.Port, Concurrency);
        using var toProduct = new Clients(product.Port, Concurrency);
        var (synced, bareAlone, alone) = (new Gauge(_time), new Gauge(_time), new Gauge(_time));
        var (bareMany, many) = (new Crowd(_time), new Crowd(_time));
        await WarmUpAsync(toBare, toProduct);

        for (var round = 0; round < Rounds; round++)
        {
            synced.Run(AloneEach, disk.Write);
            await toBare.AloneAsync(bareAlone, Prepare(AloneEach));
            await toProduct.AloneAsync(alone, Prepare(AloneEach));
            await CheckQuarantinedAsync(product);
        }
        for (var round = 0; round < Rounds; round++)
        {
            await toBare.AllAsync(bareMany, Prepare(Concurrency * PerClient));
            await toProduct.AllAsync(many, Prepare(Concurrency * PerClient));
            await CheckQuarantinedAsync(product);
        }

        report.Latency("fdatasync of 100 bytes", synced.Result);
        report.Latency("bare endpoint, concurrency 1", bareAlone.Result);
        report.Latency("webhook, concurrency 1", alone.Result);
        report.Ratio("webhook, concurrency 1", "p50", alone.Result.P50, "ns", "bare + fdatasync p50", bareAlone.Result.P50 + synced.Result.P50, 1.6);
        report.Latency($"bare endpoint, concurrency {Concurrency}", bareMany.Result);
        report.Latency($"webhook, concurrency {Concurrency}", many.Result);
        report.Ratio($"webhook, concurrency {Concurrency}", "rate", many.Result.PerSecond, "1/s", "bare endpoint's rate", bareMany.Result.PerSecond, 0.4, atLeast: true);
    }

    private static Product StartProduct(Scratch scratch) => new(scratch.Sub("product"), Nodes,
        ("Grafana__HmacSecret", GrafanaRequest.Secret), ("Playbooks__Directory", PlaybooksWithoutGuard(scratch)));

    private static string PlaybooksWithoutGuard(Scratch scratch)
    {
        var target = scratch.Sub("playbooks");
        foreach (var file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Repair", "Playbooks"), "*.yaml"))
        {
            var text = File.ReadAllText(file).Replace("maxRepairingPercent: 20", "maxRepairingPercent: 100", StringComparison.Ordinal);
            File.WriteAllText(Path.Combine(target, Path.GetFileName(file)), text);
        }
        return target;
    }

    private async Task WarmUpAsync(Clients toBare, Clients toProduct)
    {
        var (one, all) = (new Gauge(_time), new Crowd(_time));
        await toBare.AloneAsync(one, Prepare(300));
        await toProduct.AloneAsync(one, Prepare(300));
        await toBare.AllAsync(all, Prepare(Concurrency * 50));
        await toProduct.AllAsync(all, Prepare(Concurrency * 50));
    }

    private byte[][] Prepare(int count)
    {
        var requests = new byte[count][];
        foreach (ref var request in requests.AsSpan())
            request = GrafanaRequest.Of(++_number, NodeOf(_number));
        return requests;
    }

    private static string NodeOf(int number) => $"gpu-{number % Nodes + 1:0000}";

    // The answer was 202, so the model must already say so.
    private async Task CheckQuarantinedAsync(Product product)
    {
        var node = await product.GetAsync($"/api/nodes/{NodeOf(_number)}");
        if (!node.Contains("uarantined", StringComparison.Ordinal))
            throw new InvalidOperationException($"The node is not quarantined after the 202: {node}");
    }
}
