using Pipeline.Benchmarks.Framework;

namespace Pipeline.Benchmarks.Rpc;

/// <summary>What a gRPC call costs when the decision loop is behind it.</summary>
internal sealed class RpcSuite : ISuite
{
    private const int Concurrency = 64;
    private const int StreamInFlight = 256;
    private const int Rounds = 200;
    private const int AloneEach = 400;
    private const int ManyEach = 4_000;

    // Hot code is compiled twice, the second time a while after it has become so.
    private static readonly TimeSpan WarmupTime = TimeSpan.FromSeconds(10);

    public string Name => "rpc";

    public string About => "Place over gRPC, through the loop, against an echo of the same size on the same server";

    public string Sizes => $"{RpcRig.Nodes} simulated nodes; concurrency 1 and {Concurrency} on one connection; stream with {StreamInFlight} in flight";

    public async Task RunAsync(Report report)
    {
        await using var rig = await RpcRig.StartAsync(TimeProvider.System);
        await UnaryAsync(rig, report, 1, AloneEach);
        await UnaryAsync(rig, report, Concurrency, ManyEach);
        await StreamAsync(rig, report);
        await PlaceStreamAsync(rig, report);
    }

    private static async Task UnaryAsync(RpcRig rig, Report report, int concurrency, int each)
    {
        var requests = Requests.Unary(rig);
        using var echoConnection = new RpcConnection(rig.Port, RpcRig.Echo);
        using var placeConnection = new RpcConnection(rig.Port, RpcRig.Place);
        var (echo, place) = (new UnaryLoad(echoConnection, requests, rig.Time), new UnaryLoad(placeConnection, requests, rig.Time));
        for (var started = rig.Time.GetTimestamp(); rig.Time.GetElapsedTime(started) < WarmupTime;)
            await TakeTurnsAsync(rig, echo, place, concurrency, each);
        echo.Clear();
        place.Clear();
        for (var round = 0; round < Rounds; round++)
            await TakeTurnsAsync(rig, echo, place, concurrency, each);

        report.Latency($"echo, concurrency {concurrency}", echo.Result);
        report.Latency($"Place, concurrency {concurrency}", place.Result);
        var alone = concurrency == 1;
        report.Ratio($"Place, concurrency {concurrency}", "p50", place.Result.P50, "ns", "echo p50", echo.Result.P50, alone ? 1.25 : null);
        report.Ratio($"Place, concurrency {concurrency}", "p99", place.Result.P99, "ns", "echo p99", echo.Result.P99, alone ? 1.25 : null);
        report.Ratio($"Place, concurrency {concurrency}", "rate", place.Result.PerSecond, "1/s", "echo's rate", echo.Result.PerSecond, alone ? null : 0.85, atLeast: true);
    }

    private static async Task TakeTurnsAsync(RpcRig rig, UnaryLoad echo, UnaryLoad place, int concurrency, int each)
    {
        echo.Run(each, concurrency);
        place.Run(each, concurrency);
        await rig.ReleaseAsync();
    }

    private static async Task StreamAsync(RpcRig rig, Report report)
    {
        var requests = Requests.Unary(rig);
        using var unaryConnection = new RpcConnection(rig.Port, RpcRig.Echo);
        using var streamConnection = new RpcConnection(rig.Port, RpcRig.EchoStream);
        var (unary, stream) = (new UnaryLoad(unaryConnection, requests, rig.Time), new StreamLoad(streamConnection, requests, rig.Time));
        for (var round = 0; round < Rounds; round++)
        {
            unary.Run(ManyEach, Concurrency);
            stream.Run(ManyEach, StreamInFlight);
        }

        report.Latency($"echo on a stream, {StreamInFlight} in flight", stream.Result);
        report.Ratio("echo on a stream", "rate", stream.Result.PerSecond, "1/s", $"unary echo's rate, concurrency {Concurrency}", unary.Result.PerSecond);
    }

    private static async Task PlaceStreamAsync(RpcRig rig, Report report)
    {
        using var unaryConnection = new RpcConnection(rig.Port, RpcRig.Place);
        using var streamConnection = new RpcConnection(rig.Port, RpcRig.PlaceStream);
        var requests = Requests.Unary(rig);
        var (alone, many) = (new UnaryLoad(unaryConnection, requests, rig.Time), new UnaryLoad(unaryConnection, requests, rig.Time));
        var stream = new StreamLoad(streamConnection, Requests.Streamed(rig), rig.Time, greetings: 1);
        for (var started = rig.Time.GetTimestamp(); rig.Time.GetElapsedTime(started) < WarmupTime;)
            await RoundAsync();
        alone.Clear();
        many.Clear();
        stream.Clear();
        for (var round = 0; round < Rounds; round++)
            await RoundAsync();

        report.Latency($"PlaceStream, {StreamInFlight} in flight", stream.Result);
        report.Ratio("PlaceStream", "rate", stream.Result.PerSecond, "1/s", "Place's rate, one at a time", alone.Result.PerSecond, 8, atLeast: true);
        report.Ratio("PlaceStream", "rate", stream.Result.PerSecond, "1/s", $"Place's rate, concurrency {Concurrency}", many.Result.PerSecond);

        async Task RoundAsync()
        {
            alone.Run(AloneEach, 1);
            many.Run(ManyEach, Concurrency);
            stream.Run(ManyEach, StreamInFlight);
            if (await rig.ReleaseAsync() != AloneEach + 2 * ManyEach)
                throw new InvalidOperationException("Not everything that was asked for was placed.");
        }
    }
}
