using Pipeline.Benchmarks.Framework;

namespace Pipeline.Benchmarks.Rpc;

/// <summary>What a gRPC call costs when the decision loop is behind it.</summary>
internal sealed class RpcSuite : ISuite
{
    private const int StreamInFlight = 256;

    public string Name => "rpc";

    public string About => "Place over gRPC, through the loop, against an echo of the same size on the same server";

    public string Sizes => $"{RpcRig.Nodes} simulated nodes; concurrency 1 and {UnaryCase.Concurrency} on one connection; stream with {StreamInFlight} in flight";

    public async Task RunAsync(Report report)
    {
        await UnaryCase.RunAsync(report);
        await using var rig = await RpcRig.StartAsync(TimeProvider.System);
        await StreamAsync(rig, report);
        await PlaceStreamAsync(rig, report);
    }

    private static async Task StreamAsync(RpcRig rig, Report report)
    {
        var requests = Requests.Unary(rig);
        using var unaryConnection = new RpcConnection(rig.Port, RpcRig.Echo);
        using var streamConnection = new RpcConnection(rig.Port, RpcRig.EchoStream);
        var (unary, stream) = (new UnaryLoad(unaryConnection, requests, rig.Time), new StreamLoad(streamConnection, requests, rig.Time));
        await Rounds.RunAsync(rig.Time, RoundAsync, () =>
        {
            unary.Clear();
            stream.Clear();
        });

        report.Latency($"echo on a stream, {StreamInFlight} in flight", stream.Result);
        report.Ratio("echo on a stream", "rate", stream.Result.PerSecond, "1/s", $"unary echo's rate, concurrency {UnaryCase.Concurrency}", unary.Result.PerSecond);

        Task RoundAsync()
        {
            unary.Run(UnaryCase.ManyEach, UnaryCase.Concurrency);
            stream.Run(UnaryCase.ManyEach, StreamInFlight);
            return Task.CompletedTask;
        }
    }

    private static async Task PlaceStreamAsync(RpcRig rig, Report report)
    {
        using var unaryConnection = new RpcConnection(rig.Port, RpcRig.Place);
        using var streamConnection = new RpcConnection(rig.Port, RpcRig.PlaceStream);
        var requests = Requests.Unary(rig);
        var (alone, many) = (new UnaryLoad(unaryConnection, requests, rig.Time), new UnaryLoad(unaryConnection, requests, rig.Time));
        var stream = new StreamLoad(streamConnection, Requests.Streamed(rig), rig.Time, greetings: 1);
        await Rounds.RunAsync(rig.Time, RoundAsync, () =>
        {
            alone.Clear();
            many.Clear();
            stream.Clear();
        });

        report.Latency($"PlaceStream, {StreamInFlight} in flight", stream.Result);
        report.Ratio("PlaceStream", "rate", stream.Result.PerSecond, "1/s", "Place's rate, one at a time", alone.Result.PerSecond, 8, atLeast: true);
        report.Ratio("PlaceStream", "rate", stream.Result.PerSecond, "1/s", $"Place's rate, concurrency {UnaryCase.Concurrency}", many.Result.PerSecond);

        async Task RoundAsync()
        {
            alone.Run(UnaryCase.AloneEach, 1);
            many.Run(UnaryCase.ManyEach, UnaryCase.Concurrency);
            stream.Run(UnaryCase.ManyEach, StreamInFlight);
            if (await rig.ReleaseAsync() != UnaryCase.AloneEach + 2 * UnaryCase.ManyEach)
                throw new InvalidOperationException("Not everything that was asked for was placed.");
        }
    }
}
